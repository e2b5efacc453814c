//! Finds out where to send a person to.

use crate::controller::state_cache::ResolvedAuthorizationEndpoint;
use crate::controller::steps::StepContext;
use crate::controller::steps::discover::metadata;
use crate::controller::steps::read::opened;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// Asks the issuer for its authorization endpoint and what it demands.
pub(crate) async fn discover(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    let Some(authorization) = &desired.authorization else { return Ok(()) };
    let Some(issuer) = &authorization.issuer else { return Ok(()) };
    let (opened, _) = opened(context, subject, desired).await?;
    let metadata = metadata(context, &opened, issuer, around.deadline()).await?;
    let field = "spec.endpoints.issuer";
    if authorization.pkce && metadata.lacks_pkce() {
        let message = format!(
            "{field}: the provider says that it does not know the code challenge method S256, without which a code could be stolen: use another provider, or ask this one"
        );
        return Err(
            ConnectionError::on_change(Reason::MetadataInvalid, message).with_slow_backoff()
        );
    }
    let endpoint = match &authorization.endpoint {
        Some(Endpoint::Url(url)) => Some(url.clone()),
        Some(Endpoint::FromMetadata(_)) | None => metadata.authorization_endpoint.clone(),
    };
    // Who starts from a refresh token needs none.
    if endpoint.is_none() && authorization.import.is_none() {
        let message = format!(
            "{field}: the issuer's metadata names no authorization endpoint: give endpoints.authorization"
        );
        return Err(
            ConnectionError::on_change(Reason::MetadataInvalid, message).with_slow_backoff()
        );
    }
    let pushed = metadata.require_pushed_authorization_requests || authorization.push.is_some();
    let generation = subject.connection.metadata.generation;
    let way = Box::new(ResolvedAuthorizationEndpoint { generation, endpoint, pushed });
    context.memory.with(&subject.uid, |memo| memo.way = Some(way));
    Ok(())
}
