//! Revokes a grant at the provider (RFC 7009) before its Connection goes.

use secrecy::{ExposeSecret, SecretString};

use crate::controller::context::Context;
use crate::controller::events;
use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::client_request::{ResolvedEndpoint, named, post};
use crate::controller::steps::consent::finalize::release;
use crate::controller::steps::consent::{read, unwritten};
use crate::controller::steps::read::opened;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::Binding;
use connection_core::connection::reason::Reason;
use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::parameters::Parameters;

/// Revokes the grant, deletes its Secret, and lets the Connection go.
pub(crate) async fn revoke(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    if let Some(grant) = read(context, subject).await? {
        let binding =
            grant.record.binding.as_ref().filter(|_| grant.record.invalidated_at.is_none());
        match (binding, &grant.refresh_token) {
            (Some(binding), Some(token)) if binding.matches(&desired.request) => {
                let (opened, _) = opened(context, subject, desired).await?;
                revoke_token(around, &opened, (token, binding)).await?;
            }
            (Some(_), Some(_)) => {
                let cause = "it was issued to another client or by another endpoint than the spec names now";
                warn_not_revoked(context, subject, cause).await;
            }
            _ => {}
        }
        grant.delete(&context.client).await.map_err(|error| unwritten(subject, error))?;
    }
    release(context, subject).await
}

/// Revokes a refresh token, where it may be sent to the revocation endpoint.
pub(super) async fn revoke_token(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    (token, binding): (&SecretString, &Binding),
) -> Result<(), ConnectionError> {
    let ResolvedEndpoint { endpoint, issuer } =
        endpoint(around, opened).await?.ok_or_else(unknown)?;
    if !binding.allows_revocation_at(&endpoint, issuer.as_deref()) {
        return Err(another());
    }
    let raw = post(around, opened, &endpoint, form(token)).await?;
    if (200..300).contains(&raw.status) {
        return Ok(());
    }
    let message = format!("the revocation endpoint returned HTTP {}", raw.status);
    Err(ConnectionError::transient(Reason::RevocationFailed, message))
}

/// The revocation endpoint, where there is one.
pub(super) async fn endpoint(
    around: StepContext<'_>,
    opened: &LoadedInputs,
) -> Result<Option<ResolvedEndpoint>, ConnectionError> {
    named(around, opened, |one| one.revocation.as_ref(), Metadata::revocation_endpoint).await
}

/// Lets a Connection go whose grant could not be revoked, and says so.
pub(crate) async fn release_unrevoked(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
) -> Result<(), ConnectionError> {
    if observation.grant.binding.is_some() {
        let failure = observation.facts.failure.as_ref();
        let cause = failure.map_or("no answer", |failure| failure.error.message.as_str());
        warn_not_revoked(context, subject, cause).await;
    }
    release(context, subject).await
}

async fn warn_not_revoked(context: &Context, subject: &ObservedConnection, cause: &str) {
    let message = format!(
        "the grant was not revoked at the provider ({cause}): revoke it manually in the account's connected applications"
    );
    events::warn(context, subject, Reason::RevocationFailed, message).await;
}

/// The request's own parameters (RFC 7009 section 2.1).
fn form(token: &SecretString) -> Parameters {
    let mut form = Parameters::default();
    form.add("token", token.expose_secret());
    form.add("token_type_hint", "refresh_token");
    form
}

fn unknown() -> ConnectionError {
    let message = "spec.endpoints.revocation: is not known: give it, or an issuer whose metadata names it; without it the grant must be revoked at the provider by hand";
    ConnectionError::transient(Reason::RevocationFailed, message)
}

fn another() -> ConnectionError {
    let message = "spec.endpoints: the revocation endpoint is another one than when the grant was given; the refresh token is not sent there: put the old one back, or revoke the grant at the provider by hand";
    ConnectionError::transient(Reason::RevocationFailed, message)
}
