//! `status.authorization`: where to register, where to go, and who gave consent.

use crate::controller::context::Context;
use connection_client::api::status::AuthorizationStatus;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::clock::whole_seconds;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::flow::Flow;

/// What is to be said of the consent, in the flow that needs one. The redirect URI is there before
/// anything else is right, so that it can be registered.
pub(super) fn status(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
) -> Option<AuthorizationStatus> {
    if observed.connection.spec.flow != Flow::AuthorizationCode {
        return None;
    }
    let (namespace, name) = (&observed.namespace, &observed.name);
    let consent =
        observation.grant.consent.as_ref().filter(|_| observation.grant.binding.is_some());
    let outcome = observation.grant.outcome.as_ref();
    let (endpoint, pushed) = way(context, observed, observation);
    Some(AuthorizationStatus {
        redirect_uri: Some(context.page.redirect_uri(namespace, name)),
        consent_url: context.page.page(namespace, name),
        endpoint,
        requires_pushed_request: pushed.filter(|pushed| *pushed),
        last_handled_ticket: outcome.map(|one| one.ticket.to_string()),
        last_outcome: outcome.map(|one| one.reason.as_str().to_owned()),
        account: consent.and_then(|one| one.account.clone()),
        authorized_at: consent.map(|one| whole_seconds(one.at)),
        grant_expires_at: consent.and(observation.grant.expires_at).map(whole_seconds),
    })
}

/// Where to send the person to: as it was found out, else as the spec gives it, else as it was said
/// before of the same spec.
fn way(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
) -> (Option<String>, Option<bool>) {
    let generation = observed.connection.metadata.generation;
    let found = context.states.with(&observed.uid, |state| {
        let way =
            state.authorization_endpoint.as_ref().filter(|one| one.generation == generation)?;
        Some((way.endpoint.as_ref().map(ToString::to_string), Some(way.pushed)))
    });
    if let Some(found) = found {
        return found;
    }
    let Some(desired) = observation.desired.as_ref().and_then(|one| one.authorization.as_ref())
    else {
        return (None, None);
    };
    match (&desired.endpoint, &desired.issuer) {
        (Some(Endpoint::Url(url)), None) => (Some(url.to_string()), Some(desired.push.is_some())),
        _ if observation.status.observed_generation == generation => {
            let said = observation.status.authorization.as_ref();
            (
                said.and_then(|one| one.endpoint.clone()),
                said.and_then(|one| one.requires_pushed_request),
            )
        }
        _ => (None, None),
    }
}
