//! Observes from the watches' caches and from memory, without a single request.

use jiff::Timestamp;
use kube::ResourceExt;

use crate::controller::context::Context;
use crate::controller::state_cache::ConnectionState;
use connection_client::api::connection::Connection;
use connection_client::observation::observe::{self, Observation};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::observation::prior_state::{InputComparison, PriorState};
use connection_core::connection::flow::Flow;

/// Gathers the facts at `now`.
pub(super) fn observe(
    context: &Context,
    subject: &ObservedConnection,
    now: Timestamp,
) -> Observation {
    let not_enrolled = context.enrolment.as_ref().and_then(|one| one.refusal(&subject.namespace));
    let secrets = |name: &str| match not_enrolled {
        Some(_) => None,
        None => context.secrets.get(&subject.namespace, name),
    };
    let remembered = context.memory.with(&subject.uid, |memo| remembered(memo, subject));
    let remembered = PriorState {
        handoff: if subject.connection.spec.flow == Flow::AuthorizationCode {
            context.secrets.handoffs(&subject.namespace, &subject.name)
        } else {
            Vec::new()
        },
        holder: context.holder.clone(),
        not_enrolled: not_enrolled.clone(),
        ..remembered
    };
    observe::observe(subject, &secrets, remembered, now)
}

/// Whether it was found out where to send a person to: since this process started, or before, as the
/// status says of the same spec.
fn has_authorization_endpoint(memo: &ConnectionState, connection: &Connection) -> bool {
    let generation = connection.metadata.generation;
    let status = connection.status.as_ref().filter(|one| one.observed_generation == generation);
    let told = status.and_then(|one| one.authorization.as_ref()?.endpoint.as_ref());
    told.is_some() || memo.way.as_ref().is_some_and(|one| one.generation == generation)
}

fn remembered(memo: &mut ConnectionState, subject: &ObservedConnection) -> PriorState {
    let version = subject.connection.resource_version();
    let seen = version.and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    // The watch has told of the status that we wrote last.
    memo.reported.take_if(|reported| reported.resource_version <= seen);
    let compared = memo.opened.as_ref().and_then(|one| {
        let same = one.same_as_held?;
        Some(InputComparison { versions: one.request_versions, same })
    });
    PriorState {
        failure: memo.failure.as_deref().cloned(),
        side_failure: memo.side_failure.as_deref().cloned(),
        unwritten: memo.unwritten.is_some(),
        unsaved: memo.unsaved.is_some(),
        endpoint_known: has_authorization_endpoint(memo, &subject.connection),
        handoff: Vec::new(),
        holder: String::new(),
        not_enrolled: None,
        compared,
        status: memo.reported.as_ref().map(|reported| reported.status.clone()),
    }
}
