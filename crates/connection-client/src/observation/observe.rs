//! Computes the facts.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::convert;
use crate::api::status::ConnectionStatus;
use crate::observation::desired::desired_state;
use crate::observation::grant_facts::{self, FoundGrantSecret};
use crate::observation::inputs::{SecretLookup, compare, versions};
use crate::observation::observed_connection::ObservedConnection;
use crate::observation::prior_state::PriorState;
use crate::observation::renewal_request::RenewalAnnotations;
use crate::observation::token_secret_state::{FoundTokenSecret, window};
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::{Facts, InputState, SpecState};
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::schedule::RetryWindow;
use connection_core::connection::token_record::TokenRecord;

/// The facts, and the values from which they were computed.
pub struct Observation {
    pub facts: Facts,
    /// None if the spec is invalid.
    pub desired: Option<Arc<Desired>>,
    /// The record of the token Secret.
    pub record: Option<TokenRecord>,
    /// The record of the grant Secret; empty if there is none.
    pub grant: GrantRecord,
    /// The token Secret, if the Connection manages it.
    pub secret: Option<SecretSummary>,
    /// The digest of all values on which the result of a token request depends. A failure applies
    /// as long as it is the same.
    pub basis: Digest,
    /// The time in which retries must succeed.
    pub window: RetryWindow,
    /// The current status.
    pub status: ConnectionStatus,
    pub renewal_annotations: RenewalAnnotations,
}

/// Computes the facts at `now`.
pub fn observe(
    observed: &ObservedConnection,
    secrets: SecretLookup<'_>,
    prior: PriorState,
    now: Timestamp,
) -> Observation {
    let desired = desired_state(&observed.connection);
    // An invalid spec has a token Secret too.
    let output = convert::token_secret(&observed.connection);
    let token_secret = FoundTokenSecret::new(observed, secrets(&output));
    let inputs =
        desired.as_ref().map_err(Clone::clone).and_then(|desired| versions(secrets, desired));
    let renewal_annotations = RenewalAnnotations::new(&observed.connection);
    let grant_secret = FoundGrantSecret::look_up(observed, secrets);
    let valid = desired.as_ref().ok();
    let state = token_secret.state(valid, observed, grant_secret.record.expires_at);
    // Without anything that a failed attempt itself writes: it would end its own backoff.
    let basis = Digest::from_json(&(
        valid.map(|desired| (&desired.request, &desired.transport)),
        inputs.as_ref().ok().map(|versions| &versions.all),
        (&output, token_secret.secret.as_ref().map(|it| &*it.uid), token_secret.is_foreign),
        (&renewal_annotations.renew_requested_at, &renewal_annotations.reconcile_at),
        grant_secret.basis(valid, secrets, &prior),
    ));
    let spec = match &desired {
        Ok(_) => SpecState::Valid,
        Err(error) => SpecState::Invalid(error.clone()),
    };
    let record = token_secret.record.as_ref();
    let window = window(&state, now);
    let grant = grant_secret.facts(observed, valid, record, (secrets, &prior), now);
    let facts = Facts {
        activity: observed.activity(),
        spec,
        unsaved: prior.unsaved,
        unwritten: prior.unwritten,
        inputs: match &prior.not_enrolled {
            Some(error) => InputState::Inaccessible(error.clone()),
            None => compare(inputs, desired.as_ref(), record, prior.compared),
        },
        renewal: renewal_annotations.state(record),
        failure: prior.failure.filter(|failure| failure.applies_to(basis)),
        side_failure: prior.side_failure.filter(|failure| failure.applies_to(basis)),
        finalizer: grant_facts::finalizer(observed, valid),
        grant,
        token_secret_name: output,
        token_secret: state,
    };
    let shown = || observed.connection.status.clone().unwrap_or_default();
    let status = prior.status.unwrap_or_else(shown);
    let FoundTokenSecret { secret, record, .. } = token_secret;
    let desired = desired.ok().map(Arc::new);
    let grant = grant_secret.record;
    Observation {
        facts,
        desired,
        record,
        grant,
        secret,
        basis,
        window,
        status,
        renewal_annotations,
    }
}
