//! `status.authorization`: the redirect URI, the consent URL, and the consent.

use crate::controller::context::Context;
use connection_client::api::status::AuthorizationStatus;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::clock::whole_seconds;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::flow::Flow;

/// Returns the status in flow `AuthorizationCode`. The redirect URI is set even if the spec is invalid,
/// so that it can be registered with the provider.
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
    let (endpoint, pushed) = authorization_endpoint(context, observed, observation);
    Some(AuthorizationStatus {
        redirect_uri: Some(context.page.redirect_uri(namespace, name)),
        consent_url: context.page.page(namespace, name),
        endpoint,
        requires_pushed_request: pushed.filter(|pushed| *pushed),
        last_handled_ticket: outcome.map(|outcome| outcome.ticket.to_string()),
        last_outcome: outcome.map(|outcome| outcome.reason.as_str().to_owned()),
        account: consent.and_then(|consent| consent.account.clone()),
        authorized_at: consent.map(|consent| whole_seconds(consent.at)),
        grant_expires_at: consent.and(observation.grant.expires_at).map(whole_seconds),
    })
}

/// Returns the authorization endpoint and whether it requires pushed requests: as discovered, otherwise
/// from the spec, otherwise from the last status of the same generation.
fn authorization_endpoint(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
) -> (Option<String>, Option<bool>) {
    let generation = observed.connection.metadata.generation;
    let discovered = context.states.with(&observed.uid, |state| {
        let resolved = state.authorization_endpoint.as_ref();
        // An edited spec may name another issuer, so an older discovery does not count.
        let resolved = resolved.filter(|resolved| resolved.generation == generation)?;
        Some((resolved.endpoint.as_ref().map(ToString::to_string), Some(resolved.pushed)))
    });
    if let Some(discovered) = discovered {
        return discovered;
    }
    let Some(desired) =
        observation.desired.as_ref().and_then(|desired| desired.authorization.as_ref())
    else {
        return (None, None);
    };
    match (&desired.endpoint, &desired.issuer) {
        // Without an issuer no metadata can change what the spec says.
        (Some(Endpoint::Url(url)), None) => (Some(url.to_string()), Some(desired.push.is_some())),
        // After a restart nothing is discovered yet, and the last status saves another discovery.
        _ if observation.status.observed_generation == generation => {
            let last = observation.status.authorization.as_ref();
            (
                last.and_then(|status| status.endpoint.clone()),
                last.and_then(|status| status.requires_pushed_request),
            )
        }
        _ => (None, None),
    }
}
