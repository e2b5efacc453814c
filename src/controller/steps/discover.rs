//! Finds the token endpoint of an issuer.

use std::time::Duration;

use secrecy::ExposeSecret;
use url::Url;

use crate::controller::context::Context;
use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::egress::{client, transport_error};
use connection_core::clock;
use connection_core::connection::desired::Desired;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::metadata::{Metadata, MetadataError, well_known_urls};
use connection_core::oauth::retryability::is_retryable_status;

/// The token endpoint: the given one, or the one that the issuer's metadata names.
pub(super) async fn token_endpoint(
    context: &Context,
    desired: &Desired,
    opened: &LoadedInputs,
    deadline: Duration,
) -> Result<Url, ConnectionError> {
    let issuer = match &desired.request.endpoint {
        Endpoint::Url(url) => return Ok(url.clone()),
        Endpoint::FromMetadata(issuer) => issuer,
    };
    let metadata = metadata(context, opened, issuer, deadline).await?;
    Ok(metadata.token_endpoint(opened.transport.identity.is_some()).clone())
}

/// The metadata of an issuer: as it was read within the hour, else read now.
pub(super) async fn metadata(
    context: &Context,
    opened: &LoadedInputs,
    issuer: &str,
    deadline: Duration,
) -> Result<Metadata, ConnectionError> {
    let (key, now) = ((issuer.to_owned(), opened.transport.key()), clock::now());
    if let Some(metadata) = context.discovered.get(&key, now) {
        return Ok(metadata);
    }
    let metadata = fetch(context, opened, issuer, deadline).await?;
    context.discovered.put(key, now, metadata.clone());
    Ok(metadata)
}

async fn fetch(
    context: &Context,
    opened: &LoadedInputs,
    issuer: &str,
    deadline: Duration,
) -> Result<Metadata, ConnectionError> {
    let field = "spec.endpoints.issuer";
    let url = Url::parse(issuer).map_err(|_| {
        ConnectionError::invalid_spec(field, "is not a URL: write it as https://host/path")
    })?;
    let (mut outcome, mut unavailable) = (MetadataError::Unreadable, None);
    for location in well_known_urls(&url) {
        let http = client(context, opened, &location)?;
        let answer = http.get(&location, deadline).await.map_err(transport_error)?;
        if is_retryable_status(answer.status) {
            // The standards name several places; a proxy may answer so at the others.
            let message = format!(
                "{field}: the issuer's metadata is not available (HTTP {}); the operator tries again",
                answer.status
            );
            unavailable = Some(ConnectionError::transient(Reason::ProviderUnavailable, message));
            continue;
        }
        match Metadata::parse(answer.body.expose_secret(), issuer) {
            Ok(metadata) if answer.status == 200 => return Ok(metadata),
            Ok(_) | Err(MetadataError::Unreadable) => {}
            Err(error) => outcome = error,
        }
    }
    let invalid =
        || ConnectionError::on_change(Reason::MetadataInvalid, format!("{field}: {outcome}"));
    Err(unavailable.unwrap_or_else(|| invalid().with_slow_backoff()))
}
