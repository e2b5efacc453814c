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
    observed: &ObservedConnection,
    now: Timestamp,
) -> Observation {
    let not_enrolled = context.enrollment.as_ref().and_then(|one| one.refusal(&observed.namespace));
    let secrets = |name: &str| match not_enrolled {
        Some(_) => None,
        None => context.secrets.get(&observed.namespace, name),
    };
    let remembered = context.states.with(&observed.uid, |state| remembered(state, observed));
    let remembered = PriorState {
        handoff: if observed.connection.spec.flow == Flow::AuthorizationCode {
            context.secrets.handoffs(&observed.namespace, &observed.name)
        } else {
            Vec::new()
        },
        holder: context.holder.clone(),
        not_enrolled: not_enrolled.clone(),
        ..remembered
    };
    observe::observe(observed, &secrets, remembered, now)
}

/// Whether it was found out where to send a person to: since this process started, or before, as the
/// status says of the same spec.
fn has_authorization_endpoint(state: &ConnectionState, connection: &Connection) -> bool {
    let generation = connection.metadata.generation;
    let status = connection.status.as_ref().filter(|one| one.observed_generation == generation);
    let told = status.and_then(|one| one.authorization.as_ref()?.endpoint.as_ref());
    told.is_some()
        || state.authorization_endpoint.as_ref().is_some_and(|one| one.generation == generation)
}

fn remembered(state: &mut ConnectionState, observed: &ObservedConnection) -> PriorState {
    let version = observed.connection.resource_version();
    let seen = version.and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    // The watch has told of the status that we wrote last.
    state.written_status.take_if(|reported| reported.resource_version <= seen);
    let compared = state.inputs.as_ref().and_then(|one| {
        let same = one.matches_token?;
        Some(InputComparison { versions: one.request_versions, same })
    });
    PriorState {
        failure: state.failure.as_deref().cloned(),
        side_failure: state.side_failure.as_deref().cloned(),
        unwritten: state.unwritten_token.is_some(),
        unsaved: state.pending_grant.is_some(),
        endpoint_known: has_authorization_endpoint(state, &observed.connection),
        handoff: Vec::new(),
        holder: String::new(),
        not_enrolled: None,
        compared,
        status: state.written_status.as_ref().map(|reported| reported.status.clone()),
    }
}
