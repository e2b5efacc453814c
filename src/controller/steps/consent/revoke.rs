//! Revokes a grant at the provider (RFC 7009) before its Connection is deleted.

use secrecy::SecretString;

use crate::controller::context::Context;
use crate::controller::events;
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::finalize::release;
use crate::controller::steps::consent::{grant_secret_error, read};
use crate::controller::steps::provider_session::{BoundGrant, ProviderSession};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::GrantBinding;
use connection_core::connection::reason::Reason;

/// Revokes the grant, deletes its Secret, and removes the finalizer.
pub(crate) async fn revoke(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    if let Some(grant) = read(context, observed).await? {
        // The provider rejects an invalidated grant already, so nothing is left to revoke.
        let binding =
            grant.record.binding.as_ref().filter(|_| grant.record.invalidated_at.is_none());
        match (binding, &grant.refresh_token) {
            (Some(binding), Some(token)) if binding.matches(&desired.request) => {
                let session = ProviderSession::open(ctx).await?;
                revoke_token(&session, token, binding).await?;
            }
            (Some(_), Some(_)) => {
                let cause = "the grant belongs to a different client or endpoint than the spec";
                warn_not_revoked(context, observed, cause).await;
            }
            _ => {}
        }
        // After the revocation only, because its retry needs the refresh token.
        let deleted = grant.delete(&context.client).await;
        deleted.map_err(|error| grant_secret_error(observed, error))?;
    }
    release(context, observed).await
}

/// Revokes a refresh token, if its grant is bound to the revocation endpoint.
pub(super) async fn revoke_token(
    session: &ProviderSession<'_>,
    token: &SecretString,
    binding: &GrantBinding,
) -> Result<(), ConnectionError> {
    let revocation = session.revocation_endpoint().await?.ok_or_else(endpoint_missing)?;
    let raw = BoundGrant::for_revocation(session, token, binding, &revocation)?.revoke().await?;
    // An unknown token also gets status 200 (RFC 7009 section 2.2).
    if (200..300).contains(&raw.status) {
        return Ok(());
    }
    let message = format!("the revocation endpoint returned HTTP {}", raw.status);
    Err(ConnectionError::transient(Reason::RevocationFailed, message))
}

/// Removes the finalizer of a Connection whose grant could not be revoked, and records a warning.
pub(crate) async fn release_unrevoked(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
) -> Result<(), ConnectionError> {
    // Without a grant there was nothing to revoke.
    if observation.grant.binding.is_some() {
        let failure = observation.facts.failure.as_ref();
        let cause = failure.map_or("no response", |failure| failure.error.message.as_str());
        warn_not_revoked(context, observed, cause).await;
    }
    release(context, observed).await
}

async fn warn_not_revoked(context: &Context, observed: &ObservedConnection, cause: &str) {
    let message = format!(
        "the grant was not revoked at the provider ({cause}): revoke it manually in the account's connected applications"
    );
    events::warn(context, observed, Reason::RevocationFailed, message).await;
}

fn endpoint_missing() -> ConnectionError {
    let message = "spec.endpoints.revocation is unknown: set it, or an issuer whose metadata contains it; otherwise revoke the grant at the provider manually";
    // Transient, so that the endpoint can still be set before the plan gives up.
    ConnectionError::transient(Reason::RevocationFailed, message)
}
