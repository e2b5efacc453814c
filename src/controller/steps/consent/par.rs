//! Pushes an authorization request to the provider (RFC 9126): only the operator can say who the
//! client is.

use secrecy::{ExposeSecret, SecretString};

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::client_request::{ResolvedEndpoint, named, post};
use crate::controller::steps::consent::handoff::{VerifiedHandoff, forget, next_verified};
use crate::controller::steps::read::opened;
use connection_client::store::handoff_secret::{self, Handoff, HandoffKind};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::authorization::AuthorizationRequest;
use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::par_response;
use connection_core::oauth::retryability::is_retryable_status;

/// Pushes the request that was handed over, and answers with its name or with why there is none.
pub(crate) async fn push_authorization_request(
    around: StepContext<'_>,
) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    let Some(VerifiedHandoff { hand_over, .. }) =
        next_verified(around, HandoffKind::AuthorizationRequest).await?
    else {
        return Ok(());
    };
    let (key, value) = match pushed(around, &hand_over).await {
        Ok(request_uri) => (handoff_secret::REQUEST_URI, request_uri),
        Err(fault) => (handoff_secret::FAILURE, fault.message),
    };
    let answered = hand_over.respond(&context.client, &subject.namespace, key, &value.into()).await;
    answered.map_err(|error| error.connection_error("a hand-over Secret cannot be answered"))?;
    // It stays until the page has read it, and is no hand-over any more.
    forget(context, subject, &hand_over.name);
    Ok(())
}

async fn pushed(around: StepContext<'_>, hand_over: &Handoff) -> Result<String, ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    let (opened, _) = opened(context, subject, desired).await?;
    let named = named(around, &opened, |one| one.push.as_ref(), Metadata::push_endpoint).await?;
    let ResolvedEndpoint { endpoint, .. } = named.ok_or_else(unknown)?;
    let form = request(around, hand_over)?.form(!desired.request.client.puts_id_in_body());
    let raw = post(around, &opened, &endpoint, form).await?;
    if is_retryable_status(raw.status) {
        let message = format!(
            "the provider is not available for the pushed authorization request (HTTP {}): try again later",
            raw.status
        );
        return Err(ConnectionError::transient(Reason::ProviderUnavailable, message));
    }
    par_response::request_uri(raw.status, raw.body.expose_secret()).ok_or_else(|| {
        let message = format!(
            "the provider did not take the pushed authorization request (HTTP {}): compare client, redirect URI and scopes with what is registered there",
            raw.status
        );
        ConnectionError::on_change(Reason::AuthorizationFailed, message)
    })
}

fn unknown() -> ConnectionError {
    ConnectionError::invalid_spec(
        "spec.endpoints.pushedAuthorization",
        "is not known: give it, or an issuer whose metadata names it",
    )
}

fn request(
    around: StepContext<'_>,
    hand_over: &Handoff,
) -> Result<AuthorizationRequest, ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    let get =
        |key: &str| hand_over.get(key).map(|one: &SecretString| one.expose_secret().to_owned());
    let incomplete = || {
        ConnectionError::on_change(
            Reason::AuthorizationFailed,
            "what was handed over is not complete",
        )
    };
    let authorization = desired.authorization.as_ref().ok_or_else(incomplete)?;
    let redirect_uri = get(handoff_secret::REDIRECT_URI)
        .filter(|uri| context.page.is_redirect_uri(uri, &subject.namespace, &subject.name))
        .ok_or_else(incomplete)?;
    let client_id = desired.request.client.id().unwrap_or_default();
    let state = get(handoff_secret::STATE).ok_or_else(incomplete)?;
    let challenge = get(handoff_secret::CODE_CHALLENGE);
    Ok(authorization.request(client_id, &redirect_uri, &state, challenge))
}
