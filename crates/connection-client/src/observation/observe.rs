//! Gathers the facts from values.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::convert;
use crate::api::status::ConnectionStatus;
use crate::observation::desired;
use crate::observation::grant_facts::{self, FoundGrant};
use crate::observation::inputs::{Lookup, compare, versions};
use crate::observation::observed_connection::Subject;
use crate::observation::prior_state::Remembered;
use crate::observation::renewal_request::Asked;
use crate::observation::token_secret_state::{Found, window};
use crate::store::secret_summary::SecretFacts;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::{Facts, Inputs, Spec};
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::schedule::Window;
use connection_core::connection::token_record::Record;

/// The facts, and what they were made from.
pub struct Observation {
    /// The facts.
    pub facts: Facts,
    /// What is wanted, where it can be done.
    pub desired: Option<Arc<Desired>>,
    /// What the token Secret remembers of its token.
    pub record: Option<Record>,
    /// What the grant Secret remembers; nothing, where there is none.
    pub grant: GrantRecord,
    /// The token Secret, where it is this Connection's.
    pub secret: Option<SecretFacts>,
    /// The digest of what the outcome of a request depends on.
    pub basis: Digest,
    /// The window in which retries have to fit.
    pub window: Window,
    /// The status that the Connection has now.
    pub status: ConnectionStatus,
    /// The annotations that ask for a renewal.
    pub asked: Asked,
}

/// Gathers the facts at `now`.
#[must_use]
pub fn observe(
    subject: &Subject,
    secrets: Lookup<'_>,
    remembered: Remembered,
    now: Timestamp,
) -> Observation {
    let desired = desired::desired(&subject.connection);
    // The name is known also where the rest of the spec cannot be done.
    let output = convert::token_secret(&subject.connection);
    let found = Found::of(subject, secrets(&output));
    let inputs = desired.as_ref().map_err(Clone::clone).and_then(|one| versions(secrets, one));
    let asked = Asked::of(&subject.connection);
    let granted = FoundGrant::of(subject, secrets);
    let held = found.held(desired.as_ref().ok(), subject, granted.record.expires_at);
    let wanted = desired.as_ref().ok();
    let basis = Digest::of(&(
        desired.as_ref().ok().map(|one| (&one.request, &one.transport)),
        inputs.as_ref().ok().map(|seen| &seen.all),
        (&output, found.secret.as_ref().map(|one| &*one.uid), found.foreign),
        (&asked.renew_at, &asked.reconcile_at),
        granted.basis(wanted, secrets, &remembered),
    ));
    let spec = match &desired {
        Ok(_) => Spec::Valid,
        Err(fault) => Spec::Invalid(fault.clone()),
    };
    let record = found.record.as_ref();
    let window = window(&held, now);
    let consent = granted.facts(subject, wanted, record, (secrets, &remembered), now);
    let facts = Facts {
        activity: subject.activity(),
        spec,
        unsaved: remembered.unsaved,
        unwritten: remembered.unwritten,
        inputs: match &remembered.not_enrolled {
            Some(fault) => Inputs::Unknown(fault.clone()),
            None => compare(inputs, desired.as_ref(), record, remembered.compared),
        },
        renewal: asked.renewal(record),
        failure: remembered.failure.as_ref().and_then(|one| one.if_of(basis)),
        failure_beside: remembered.failure_beside.as_ref().and_then(|one| one.if_of(basis)),
        finalizer: grant_facts::finalizer(subject, wanted),
        consent,
        held,
    };
    let shown = || subject.connection.status.clone().unwrap_or_default();
    let status = remembered.status.unwrap_or_else(shown);
    let Found { secret, record, .. } = found;
    let desired = desired.ok().map(Arc::new);
    let grant = granted.record;
    Observation { facts, desired, record, grant, secret, basis, window, status, asked }
}
