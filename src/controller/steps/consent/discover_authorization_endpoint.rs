//! Finds the authorization endpoint.

use crate::controller::state_cache::ResolvedAuthorizationEndpoint;
use crate::controller::steps::StepContext;
use crate::controller::steps::provider_session::ProviderSession;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// Reads the authorization endpoint and its requirements from the issuer's metadata.
pub(crate) async fn discover(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    let Some(authorization) = &desired.authorization else { return Ok(()) };
    let Some(issuer) = &authorization.issuer else { return Ok(()) };
    let metadata = ProviderSession::open(ctx).await?.metadata(issuer).await?;
    if authorization.pkce && metadata.lacks_pkce() {
        return Err(metadata_error(
            "the metadata does not list the code challenge method S256, without which a code could be stolen: use another provider, or ask this one to support it",
        ));
    }
    let endpoint = match &authorization.endpoint {
        Some(Endpoint::Url(url)) => Some(url.clone()),
        Some(Endpoint::FromMetadata(_)) | None => metadata.authorization_endpoint.clone(),
    };
    // An imported refresh token needs no authorization endpoint.
    if endpoint.is_none() && authorization.import.is_none() {
        return Err(metadata_error(
            "the metadata contains no authorization endpoint: set endpoints.authorization",
        ));
    }
    // The metadata may require pushed requests, even if the spec does not (RFC 9126 section 5).
    let pushed = metadata.require_pushed_authorization_requests || authorization.push.is_some();
    // With the generation, so that an edited spec leads to another discovery.
    let generation = observed.connection.metadata.generation;
    let resolved = Box::new(ResolvedAuthorizationEndpoint { generation, endpoint, pushed });
    context.states.with(&observed.uid, |state| state.authorization_endpoint = Some(resolved));
    Ok(())
}

fn metadata_error(message: &str) -> ConnectionError {
    let message = format!("spec.endpoints.issuer: {message}");
    // The provider may correct it without a change of the Connection.
    ConnectionError::on_change(Reason::MetadataInvalid, message).with_slow_backoff()
}
