//! The session key: shared by all replicas by a Secret in the operator's own namespace.

use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::PostParams;
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretSlice};

use crate::web::consent::cookie_cipher::KEY_LENGTH;
use connection_client::api::names::{MANAGED_BY_LABEL, MANAGER};
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_core::random;

/// The key of the session key in its Secret.
const SESSION_KEY: &str = "session-key";

/// How long to wait after the key could not be read or made.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the session key is.
#[derive(Clone, Debug)]
pub(super) enum SessionKeySource {
    /// In this process alone: other replicas, and the process after the next start, have another.
    Process,
    /// In a Secret, which is made where it is not there.
    Secret {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// Gets the session key; where the API does not give it, tries until it does.
pub(super) async fn get(client: &Client, place: &SessionKeySource) -> SecretSlice<u8> {
    let SessionKeySource::Secret { namespace, name } = place else {
        tracing::info!(
            "the consent page's session key lives as long as the process: give --operator-namespace for one that replicas share"
        );
        return fresh();
    };
    loop {
        match read_or_make(client, namespace, name).await {
            Ok(Some(key)) => return key,
            Ok(None) => tracing::error!(
                namespace,
                name,
                "the Secret holds no session key of {KEY_LENGTH} bytes under `{SESSION_KEY}`: delete it, and another is made"
            ),
            Err(error) => {
                tracing::warn!(namespace, name, %error, "the consent page waits for its session key");
            }
        }
        tokio::time::sleep(PATIENCE).await;
    }
}

fn fresh() -> SecretSlice<u8> {
    random::bytes::<KEY_LENGTH>().to_vec().into()
}

/// Reads the key, or makes one; of several that make one at the same time, the first one's counts.
async fn read_or_make(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<SecretSlice<u8>>, ApiError> {
    let api = Api::<Secret>::namespaced(client.clone(), namespace);
    if let Some(secret) = with_timeout(api.get_opt(name)).await? {
        return Ok(key_of(secret));
    }
    match with_timeout(api.create(&PostParams::default(), &secret(name, &fresh()))).await {
        Ok(secret) => Ok(key_of(secret)),
        Err(ApiError::Conflict) => Ok(key_of(with_timeout(api.get(name)).await?)),
        Err(error) => Err(error),
    }
}

fn secret(name: &str, key: &SecretSlice<u8>) -> Secret {
    let value = ByteString(key.expose_secret().to_vec());
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some([(MANAGED_BY_LABEL.to_owned(), MANAGER.to_owned())].into()),
            ..ObjectMeta::default()
        },
        type_: Some("Opaque".to_owned()),
        data: Some([(SESSION_KEY.to_owned(), value)].into()),
        ..Secret::default()
    }
}

fn key_of(secret: Secret) -> Option<SecretSlice<u8>> {
    let value = secret.data?.remove(SESSION_KEY)?.0;
    (value.len() == KEY_LENGTH).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_one_of_another_length_is_none() {
        let key = fresh();
        let read = key_of(secret("key", &key)).unwrap();
        assert_eq!(read.expose_secret(), key.expose_secret());
        assert!(key_of(secret("key", &vec![1; 31].into())).is_none());
        assert!(key_of(Secret::default()).is_none());
    }
}
