//! The grant's record, read and changed: by compare-and-swap alone, so that of several replicas, tabs
//! and replays one wins.

use kube::Client;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::messages::{PageMessage, Refusal};
use connection_client::api::names::grant_secret;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::secret_cache::SecretCache;
use connection_core::connection::grant::GrantRecord;

/// How often a change is tried when somebody else writes at the same time.
const TRIES: usize = 5;

/// The record as the watch knows it, without a request.
#[must_use]
pub(super) fn known(secrets: &SecretCache, place: &ConnectionKey) -> Option<GrantRecord> {
    let facts = secrets.get(&place.namespace, &grant_secret(&place.name))?;
    let grant = facts.grant.filter(|one| *one.connection == *place.name)?;
    GrantRecord::from_annotation(&grant.record)
}

/// Reads the record, changes it, and writes it where it has changed; again where somebody else wrote
/// in between.
///
/// # Errors
///
/// What `change` refuses; or what to say where the API does not do it.
pub(super) async fn compare_and_swap<T>(
    client: &Client,
    place: &ConnectionKey,
    change: impl Fn(&mut GrantRecord) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    for _ in 0..TRIES {
        let grant = GrantSecret::read(client, &place.namespace, &place.name).await;
        let grant = grant.map_err(|error| refusal(place, error))?;
        let mut grant = grant.unwrap_or_else(|| GrantSecret::new(&place.namespace, &place.name));
        let before = grant.record.clone();
        let result = change(&mut grant.record)?;
        if grant.record == before {
            return Ok(result);
        }
        match grant.write(client).await {
            Ok(()) => return Ok(result),
            Err(ApiError::Conflict | ApiError::NotFound) => {}
            Err(error) => return Err(unavailable(place, error)),
        }
    }
    Err(unavailable(place, ApiError::Conflict))
}

fn refusal(place: &ConnectionKey, error: ApiError) -> Refusal {
    if error == ApiError::Conflict {
        let name = grant_secret(&place.name);
        return PageMessage::NotReady.saying(format!(
            "The Secret {name} exists and is not this Connection’s: delete it, or choose another name for the Connection."
        ));
    }
    unavailable(place, error)
}

/// What to say where the Kubernetes API does not do its part.
#[must_use]
pub(super) fn unavailable(place: &ConnectionKey, error: ApiError) -> Refusal {
    tracing::warn!(connection = %place, %error, "the consent page could not go on");
    if error == ApiError::Forbidden {
        return PageMessage::Cluster.saying(format!(
            "The Kubernetes API does not let the operator use Secrets in namespace {}, so nothing was stored. Whether that namespace is enrolled, `kubectl connection status {} -n {}` tells.",
            place.namespace, place.name, place.namespace
        ));
    }
    PageMessage::Cluster.into()
}
