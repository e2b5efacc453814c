//! Renewals that are asked for by annotation, and whether the held token answers them.

use kube::ResourceExt;

use crate::api::connection::Connection;
use crate::api::names::{RECONCILE_REQUESTED_AT_ANNOTATION, RENEW_REQUESTED_AT_ANNOTATION};
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::RenewalState;
use connection_core::connection::token_record::{HandledRenewals, TokenRecord};

/// The values of the annotations that ask for a renewal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenewalAnnotations {
    /// The operator's own.
    pub renew_requested_at: Option<String>,
    /// Flux's.
    pub reconcile_at: Option<String>,
}

impl RenewalAnnotations {
    /// What a Connection's annotations ask for.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let annotation = |name: &str| connection.annotations().get(name).cloned();
        Self {
            renew_requested_at: annotation(RENEW_REQUESTED_AT_ANNOTATION),
            reconcile_at: annotation(RECONCILE_REQUESTED_AT_ANNOTATION),
        }
    }

    /// What a token that is requested now answers.
    #[must_use]
    pub fn digests(&self) -> HandledRenewals {
        let digest =
            |value: &Option<String>| value.as_ref().map(|text| Digest::from_bytes(text.as_bytes()));
        HandledRenewals {
            renew_requested_at: digest(&self.renew_requested_at),
            reconcile_at: digest(&self.reconcile_at),
        }
    }

    /// A value that the held token does not answer asks; where none is held there is nothing to renew.
    #[must_use]
    pub fn renewal(&self, record: Option<&TokenRecord>) -> RenewalState {
        let Some(TokenRecord { handled_renewals, .. }) = record else { return RenewalState::None };
        let wanted = self.digests();
        let new = |wanted: Option<Digest>, answered| wanted.is_some() && wanted != answered;
        if new(wanted.renew_requested_at, handled_renewals.renew_requested_at)
            || new(wanted.reconcile_at, handled_renewals.reconcile_at)
        {
            RenewalState::Requested
        } else {
            RenewalState::None
        }
    }
}
