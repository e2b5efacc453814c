//! The session key, which all replicas share through a Secret in the operator's namespace.

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

/// The data key in the Secret.
const SESSION_KEY: &str = "session-key";

/// Delay after a failed attempt to read or create the key.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// The storage of the session key.
#[derive(Clone, Debug)]
pub(super) enum SessionKeySource {
    /// In memory: each process has a different key.
    Process,
    /// In a Secret, which is created if it does not exist.
    Secret { namespace: String, name: String },
}

/// Returns the session key. Retries until the Kubernetes API returns it.
pub(super) async fn get(client: &Client, source: &SessionKeySource) -> SecretSlice<u8> {
    let SessionKeySource::Secret { namespace, name } = source else {
        tracing::info!(
            "the consent page session key is kept in memory: set --operator-namespace to share it between replicas"
        );
        return new_key();
    };
    loop {
        match read_or_create(client, namespace, name).await {
            Ok(Some(key)) => return key,
            // Do not overwrite the Secret, which may have another purpose.
            Ok(None) => tracing::error!(
                namespace,
                name,
                "the Secret has no session key of {KEY_LENGTH} bytes in `{SESSION_KEY}`: delete the Secret, and the operator creates a new one"
            ),
            Err(error) => {
                tracing::warn!(namespace, name, %error, "waiting for the consent page session key");
            }
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

fn new_key() -> SecretSlice<u8> {
    random::bytes::<KEY_LENGTH>().to_vec().into()
}

/// Reads or creates the key. If several replicas create it at the same time, the first one wins.
async fn read_or_create(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<SecretSlice<u8>>, ApiError> {
    let api = Api::<Secret>::namespaced(client.clone(), namespace);
    if let Some(secret) = with_timeout(api.get_opt(name)).await? {
        return Ok(session_key(secret));
    }
    match with_timeout(api.create(&PostParams::default(), &secret(name, &new_key()))).await {
        Ok(secret) => Ok(session_key(secret)),
        Err(ApiError::Conflict) => Ok(session_key(with_timeout(api.get(name)).await?)),
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

fn session_key(secret: Secret) -> Option<SecretSlice<u8>> {
    let value = secret.data?.remove(SESSION_KEY)?.0;
    (value.len() == KEY_LENGTH).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_the_right_length_is_read_from_its_secret() {
        let key = new_key();
        let read = session_key(secret("key", &key)).unwrap();
        assert_eq!(read.expose_secret(), key.expose_secret());
        assert!(session_key(secret("key", &vec![1; 31].into())).is_none());
        assert!(session_key(Secret::default()).is_none());
    }
}
