//! Observes a Connection from the caches, without a request.

use jiff::Timestamp;
use kube::ResourceExt;

use crate::controller::context::Context;
use crate::controller::state_cache::ConnectionState;
use connection_client::api::connection::Connection;
use connection_client::observation::observe::{self, Observation};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::observation::prior_state::{InputComparison, PriorState};
use connection_core::connection::flow::Flow;

pub(super) fn observe(
    context: &Context,
    observed: &ObservedConnection,
    now: Timestamp,
) -> Observation {
    let enrollment = context.enrollment.as_ref();
    let not_enrolled = enrollment.and_then(|enrollment| enrollment.error(&observed.namespace));
    let secrets = |name: &str| match not_enrolled {
        // The cache may still have Secrets from before the access was denied.
        Some(_) => None,
        None => context.secrets.get(&observed.namespace, name),
    };
    let prior_state = context.states.with(&observed.uid, |state| prior_state(state, observed));
    let prior_state = PriorState {
        // Other flows have no consent, so a handoff Secret that names their Connection is ignored.
        handoff: if observed.connection.spec.flow == Flow::AuthorizationCode {
            context.secrets.handoffs(&observed.namespace, &observed.name)
        } else {
            Vec::new()
        },
        holder: context.holder.clone(),
        not_enrolled: not_enrolled.clone(),
        ..prior_state
    };
    observe::observe(observed, &secrets, prior_state, now)
}

/// Returns true if the authorization endpoint of this generation is known: from discovery, or from the
/// status that an earlier process wrote.
fn has_authorization_endpoint(state: &ConnectionState, connection: &Connection) -> bool {
    let generation = connection.metadata.generation;
    // The status of an older spec may name an endpoint that is replaced by now.
    let status =
        connection.status.as_ref().filter(|status| status.observed_generation == generation);
    let in_status = status.and_then(|status| status.authorization.as_ref()?.endpoint.as_ref());
    let discovered = state.authorization_endpoint.as_ref();
    in_status.is_some() || discovered.is_some_and(|resolved| resolved.generation == generation)
}

fn prior_state(state: &mut ConnectionState, observed: &ObservedConnection) -> PriorState {
    let version = observed.connection.resource_version();
    // 0 is older than any real version, so an unreadable one drops nothing.
    let seen = version.and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    // The watch has reported the status that was written last.
    state.written_status.take_if(|written| written.resource_version <= seen);
    let compared = state.inputs.as_ref().and_then(|inputs| {
        let same = inputs.matches_token?;
        Some(InputComparison { versions: inputs.request_versions, same })
    });
    PriorState {
        failure: state.failure.as_deref().cloned(),
        side_failure: state.side_failure.as_deref().cloned(),
        unwritten: state.unwritten_token.is_some(),
        unsaved: state.pending_grant.is_some(),
        endpoint_known: has_authorization_endpoint(state, &observed.connection),
        // The caller sets these three, which the state does not contain.
        handoff: Vec::new(),
        holder: String::new(),
        not_enrolled: None,
        compared,
        status: state.written_status.as_ref().map(|written| written.status.clone()),
    }
}
