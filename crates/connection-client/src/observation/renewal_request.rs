//! Renewals requested by annotation.

use kube::ResourceExt;

use crate::api::connection::Connection;
use crate::api::names::{RECONCILE_REQUESTED_AT_ANNOTATION, RENEW_REQUESTED_AT_ANNOTATION};
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::RenewalState;
use connection_core::connection::token_record::{HandledRenewals, TokenRecord};

/// The values of the annotations that request a renewal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenewalAnnotations {
    pub renew_requested_at: Option<String>,
    /// The annotation of Flux.
    pub reconcile_at: Option<String>,
}

impl RenewalAnnotations {
    pub fn new(connection: &Connection) -> Self {
        let annotation = |name: &str| connection.annotations().get(name).cloned();
        Self {
            renew_requested_at: annotation(RENEW_REQUESTED_AT_ANNOTATION),
            reconcile_at: annotation(RECONCILE_REQUESTED_AT_ANNOTATION),
        }
    }

    /// Returns the digests that the record of a new token holds.
    pub fn digests(&self) -> HandledRenewals {
        let digest =
            |value: &Option<String>| value.as_ref().map(|text| Digest::from_bytes(text.as_bytes()));
        HandledRenewals {
            renew_requested_at: digest(&self.renew_requested_at),
            reconcile_at: digest(&self.reconcile_at),
        }
    }

    /// Compares the values with those of the current token. Without a token there is nothing to renew.
    pub fn state(&self, record: Option<&TokenRecord>) -> RenewalState {
        let Some(TokenRecord { handled_renewals, .. }) = record else { return RenewalState::None };
        let requested = self.digests();
        let is_new =
            |requested: Option<Digest>, handled| requested.is_some() && requested != handled;
        if is_new(requested.renew_requested_at, handled_renewals.renew_requested_at)
            || is_new(requested.reconcile_at, handled_renewals.reconcile_at)
        {
            RenewalState::Requested
        } else {
            RenewalState::None
        }
    }
}
