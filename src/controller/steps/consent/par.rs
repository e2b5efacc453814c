//! Pushed authorization requests (RFC 9126). The operator sends them, because only it may read the
//! client's credentials.

use secrecy::{ExposeSecret, SecretString};

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::forget;
use crate::controller::steps::consent::handoff::{VerifiedHandoff, next_verified};
use crate::controller::steps::provider_session::{ProviderSession, ResolvedEndpoint};
use connection_client::store::handoff_secret::{self, Handoff, HandoffKind};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::authorization::AuthorizationRequest;
use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::par_response;
use connection_core::oauth::retryability::is_retryable_status;

/// Pushes the request of a handoff Secret, and writes the request URI or the error into the Secret.
pub(crate) async fn push_authorization_request(
    ctx: StepContext<'_>,
) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let Some(VerifiedHandoff { handoff, .. }) =
        next_verified(ctx, HandoffKind::AuthorizationRequest).await?
    else {
        return Ok(());
    };
    let (key, value) = match push(ctx, &handoff).await {
        Ok(request_uri) => (handoff_secret::REQUEST_URI, request_uri),
        // The user waits in the browser, so an error is shown there at once.
        Err(error) => (handoff_secret::FAILURE, error.message),
    };
    let answered = handoff.respond(&context.client, &observed.namespace, key, &value.into()).await;
    answered.map_err(|error| error.connection_error("failed to update the handoff Secret"))?;
    // The consent page deletes the Secret; it is no longer a pending handoff.
    forget(context, observed, &handoff.name);
    Ok(())
}

/// Returns the request URI.
async fn push(ctx: StepContext<'_>, handoff: &Handoff) -> Result<String, ConnectionError> {
    let session = ProviderSession::open(ctx).await?;
    let resolved = session.resolve(|spec| spec.push.as_ref(), Metadata::push_endpoint).await?;
    let ResolvedEndpoint { endpoint, .. } = resolved.ok_or_else(endpoint_missing)?;
    // No parameter may occur twice (RFC 6749 section 3.2), and some authentication adds the id.
    let form = request(ctx, handoff)?.form(!ctx.desired.request.client.puts_id_in_body());
    let raw = session.check(&endpoint)?.post(form).await?;
    if is_retryable_status(raw.status) {
        let message = format!(
            "the provider is not available for the pushed authorization request (HTTP {}): try again later",
            raw.status
        );
        return Err(ConnectionError::transient(Reason::ProviderUnavailable, message));
    }
    par_response::request_uri(raw.status, raw.body.expose_secret()).ok_or_else(|| {
        let message = format!(
            "the provider rejected the pushed authorization request (HTTP {}): compare client, redirect URI and scopes with the client's registration",
            raw.status
        );
        ConnectionError::on_change(Reason::AuthorizationFailed, message)
    })
}

fn endpoint_missing() -> ConnectionError {
    ConnectionError::invalid_spec(
        "spec.endpoints.pushedAuthorization",
        "is unknown: set it, or an issuer whose metadata contains it",
    )
}

fn request(
    ctx: StepContext<'_>,
    handoff: &Handoff,
) -> Result<AuthorizationRequest, ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    let get =
        |key: &str| handoff.get(key).map(|value: &SecretString| value.expose_secret().to_owned());
    let incomplete = || {
        ConnectionError::on_change(
            Reason::AuthorizationFailed,
            "the handoff Secret is incomplete: start the authorization again",
        )
    };
    let authorization = desired.authorization.as_ref().ok_or_else(incomplete)?;
    // The author of the handoff is not trusted: another redirect URI could receive the code.
    let redirect_uri = get(handoff_secret::REDIRECT_URI)
        .filter(|uri| context.page.is_redirect_uri(uri, &observed.namespace, &observed.name))
        .ok_or_else(incomplete)?;
    let client_id = desired.request.client.id().unwrap_or_default();
    let state = get(handoff_secret::STATE).ok_or_else(incomplete)?;
    let challenge = get(handoff_secret::CODE_CHALLENGE);
    Ok(authorization.request(client_id, &redirect_uri, &state, challenge))
}
