//! Reads and changes the grant record. Changes use compare-and-swap, so that one of several replicas,
//! tabs or replays wins.

use kube::Client;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::messages::{PageError, PageMessage};
use connection_client::api::names::grant_secret;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::secret_cache::SecretCache;
use connection_core::connection::grant::GrantRecord;

/// Attempts of a change if the record is written concurrently.
const MAX_ATTEMPTS: usize = 5;

/// Returns the cached record, without a request.
pub(super) fn cached(secrets: &SecretCache, place: &ConnectionKey) -> Option<GrantRecord> {
    let summary = secrets.get(&place.namespace, &grant_secret(&place.name))?;
    // A Secret of this name may belong to another Connection.
    let grant = summary.grant.filter(|grant| *grant.connection == *place.name)?;
    GrantRecord::from_annotation(&grant.record)
}

/// Reads the record, applies `change` and writes the record if it changed. Retries after a conflict.
///
/// # Errors
///
/// Returns the error of `change`, or the message for a failed request.
pub(super) async fn compare_and_swap<T>(
    client: &Client,
    place: &ConnectionKey,
    change: impl Fn(&mut GrantRecord) -> Result<T, PageError>,
) -> Result<T, PageError> {
    for _ in 0..MAX_ATTEMPTS {
        // Not from the cache, which may be older than a write of another replica.
        let grant = GrantSecret::read(client, &place.namespace, &place.name).await;
        let grant = grant.map_err(|error| read_error(place, error))?;
        let mut grant = grant.unwrap_or_else(|| GrantSecret::new(&place.namespace, &place.name));
        let before = grant.record.clone();
        let result = change(&mut grant.record)?;
        // A duplicate changes nothing and must not cause a write.
        if grant.record == before {
            return Ok(result);
        }
        match grant.write(client).await {
            Ok(()) => return Ok(result),
            // Another replica changed or deleted the Secret since the read: decide again.
            Err(ApiError::Conflict | ApiError::NotFound) => {}
            Err(error) => return Err(unavailable(place, error)),
        }
    }
    Err(unavailable(place, ApiError::Conflict))
}

fn read_error(place: &ConnectionKey, error: ApiError) -> PageError {
    // A read has no conflict: this is a Secret that the Connection does not own.
    if error == ApiError::Conflict {
        let name = grant_secret(&place.name);
        return PageMessage::NotReady.with_detail(format!(
            "The Secret {name} already exists and is not managed by this Connection: delete the Secret, or rename the Connection."
        ));
    }
    unavailable(place, error)
}

/// Logs a failed request to the Kubernetes API and returns its message.
pub(super) fn unavailable(place: &ConnectionKey, error: ApiError) -> PageError {
    tracing::warn!(connection = %place, %error, "consent page request failed");
    if error == ApiError::Forbidden {
        return PageMessage::ClusterUnavailable.with_detail(format!(
            "The operator is not allowed to use Secrets in namespace {}. Nothing was stored. To see if the namespace is enrolled, run `kubectl connection status {} -n {}`.",
            place.namespace, place.name, place.namespace
        ));
    }
    PageMessage::ClusterUnavailable.into()
}
