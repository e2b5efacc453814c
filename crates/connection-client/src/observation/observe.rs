//! Gathers the facts from values.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::convert;
use crate::api::status::ConnectionStatus;
use crate::observation::desired;
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

/// The facts, and what they were made from.
pub struct Observation {
    /// The facts.
    pub facts: Facts,
    /// What is wanted, where it can be done.
    pub desired: Option<Arc<Desired>>,
    /// What the token Secret remembers of its token.
    pub record: Option<TokenRecord>,
    /// What the grant Secret remembers; nothing, where there is none.
    pub grant: GrantRecord,
    /// The token Secret, where it is this Connection's.
    pub secret: Option<SecretSummary>,
    /// The digest of what the outcome of a request depends on.
    pub basis: Digest,
    /// The window in which retries have to fit.
    pub window: RetryWindow,
    /// The status that the Connection has now.
    pub status: ConnectionStatus,
    /// The annotations that ask for a renewal.
    pub asked: RenewalAnnotations,
}

/// Gathers the facts at `now`.
#[must_use]
pub fn observe(
    subject: &ObservedConnection,
    secrets: SecretLookup<'_>,
    remembered: PriorState,
    now: Timestamp,
) -> Observation {
    let desired = desired::desired(&subject.connection);
    // The name is known also where the rest of the spec cannot be done.
    let output = convert::token_secret(&subject.connection);
    let found = FoundTokenSecret::of(subject, secrets(&output));
    let inputs = desired.as_ref().map_err(Clone::clone).and_then(|one| versions(secrets, one));
    let asked = RenewalAnnotations::of(&subject.connection);
    let granted = FoundGrantSecret::of(subject, secrets);
    let held = found.held(desired.as_ref().ok(), subject, granted.record.expires_at);
    let wanted = desired.as_ref().ok();
    let basis = Digest::from_json(&(
        desired.as_ref().ok().map(|one| (&one.request, &one.transport)),
        inputs.as_ref().ok().map(|seen| &seen.all),
        (&output, found.secret.as_ref().map(|one| &*one.uid), found.foreign),
        (&asked.renew_requested_at, &asked.reconcile_at),
        granted.basis(wanted, secrets, &remembered),
    ));
    let spec = match &desired {
        Ok(_) => SpecState::Valid,
        Err(fault) => SpecState::Invalid(fault.clone()),
    };
    let record = found.record.as_ref();
    let window = window(&held, now);
    let grant = granted.facts(subject, wanted, record, (secrets, &remembered), now);
    let facts = Facts {
        activity: subject.activity(),
        spec,
        unsaved: remembered.unsaved,
        unwritten: remembered.unwritten,
        inputs: match &remembered.not_enrolled {
            Some(fault) => InputState::Inaccessible(fault.clone()),
            None => compare(inputs, desired.as_ref(), record, remembered.compared),
        },
        renewal: asked.renewal(record),
        failure: remembered.failure.filter(|failure| failure.applies_to(basis)),
        side_failure: remembered.side_failure.filter(|failure| failure.applies_to(basis)),
        finalizer: grant_facts::finalizer(subject, wanted),
        grant,
        token_secret_name: output,
        token_secret: held,
    };
    let shown = || subject.connection.status.clone().unwrap_or_default();
    let status = remembered.status.unwrap_or_else(shown);
    let FoundTokenSecret { secret, record, .. } = found;
    let desired = desired.ok().map(Arc::new);
    let grant = granted.record;
    Observation { facts, desired, record, grant, secret, basis, window, status, asked }
}
