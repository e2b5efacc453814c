//! The metadata of an issuer (RFC 8414).

use std::sync::Arc;

use secrecy::ExposeSecret;
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::provider_session::public_endpoint::PublicEndpoint;
use connection_core::clock;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::metadata::{Metadata, MetadataError, well_known_urls};
use connection_core::oauth::retryability::is_retryable_status;

/// Returns the issuer's metadata from the cache, otherwise from the issuer.
pub(super) async fn cached(
    ctx: StepContext<'_>,
    inputs: &Arc<LoadedInputs>,
    issuer: &str,
) -> Result<Metadata, ConnectionError> {
    let (cache, now) = (&ctx.context.metadata, clock::now());
    // With the transport: what one proxy or authority returned must not reach other Connections.
    let key = (issuer.to_owned(), inputs.transport.key());
    if let Some(metadata) = cache.get(&key, now) {
        return Ok(metadata);
    }
    let metadata = fetch(ctx, inputs, issuer).await?;
    cache.put(key, now, metadata.clone());
    Ok(metadata)
}

async fn fetch(
    ctx: StepContext<'_>,
    inputs: &LoadedInputs,
    issuer: &str,
) -> Result<Metadata, ConnectionError> {
    let field = "spec.endpoints.issuer";
    let url = Url::parse(issuer).map_err(|_| {
        ConnectionError::invalid_spec(field, "is not a URL: write it as https://host/path")
    })?;
    let (mut outcome, mut unavailable) = (MetadataError::Unreadable, None);
    for location in well_known_urls(&url) {
        let response = PublicEndpoint::check(ctx, inputs, &location)?.get().await?;
        if is_retryable_status(response.status) {
            // The standards define several locations; a proxy may return such a status at the others.
            let message = format!(
                "{field}: the issuer's metadata is not available (HTTP {}): the operator retries",
                response.status
            );
            unavailable = Some(ConnectionError::transient(Reason::ProviderUnavailable, message));
            continue;
        }
        match Metadata::parse(response.body.expose_secret(), issuer) {
            Ok(metadata) if response.status == 200 => return Ok(metadata),
            // Another location may have the metadata.
            Ok(_) | Err(MetadataError::Unreadable) => {}
            // Invalid metadata explains more than a location without any.
            Err(error) => outcome = error,
        }
    }
    let invalid =
        || ConnectionError::on_change(Reason::MetadataInvalid, format!("{field}: {outcome}"));
    // An unavailable location may have valid metadata later, so this error comes first.
    Err(unavailable.unwrap_or_else(|| invalid().with_slow_backoff()))
}
