//! A namespace with many Connections that sign with the same key.

use std::future::ready;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connection_client::api::connection::Connection;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams, PostParams};
use kube::{Client, ResourceExt as _};
use rig::control_plane::{ControlPlane, Namespace};
use rig::wait;
use serde_json::json;

use crate::Result;

/// Requests at the same time: the operator's default.
pub const PARALLEL: usize = 64;

/// How long everything may take that ends.
const LIMIT: Duration = Duration::from_mins(2);

/// A namespace with many Connections.
pub struct Crowd {
    pub client: Client,
    namespace: Namespace,
    endpoint: String,
}

/// Makes a signing key: PEM of an RSA key of 2048 bits.
pub fn signing_key() -> Result<String> {
    let der: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    let text = STANDARD.encode(der.as_ref());
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"))
}

impl Crowd {
    /// Makes the namespace and its keystore.
    pub async fn open(plane: &ControlPlane, name: &str, key: &str, endpoint: &str) -> Result<Self> {
        let namespace = plane.namespace(name).await?;
        let crowd =
            Self { client: plane.client().await?, namespace, endpoint: endpoint.to_owned() };
        let secret =
            json!({ "metadata": { "name": "keystore" }, "stringData": { "keystore.pem": key } });
        crowd.secrets().create(&PostParams::default(), &serde_json::from_value(secret)?).await?;
        Ok(crowd)
    }

    pub fn namespace(&self) -> &str {
        self.namespace.name()
    }

    pub fn connections(&self) -> Api<Connection> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    /// A Connection; its name is its issuer.
    pub fn connection(&self, name: &str) -> Result<Connection> {
        Ok(serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": name },
            "spec": {
                "flow": "JWT",
                "endpoints": { "token": self.endpoint },
                "client": { "id": name },
                "scopes": ["api"],
                "assertion": {
                    "claims": { "sub": "integration@example.com" },
                    "keystoreRef": { "name": "keystore" },
                },
            },
        }))?)
    }

    /// Creates Connections with these numbers.
    pub async fn create(&self, numbers: std::ops::Range<usize>) -> Result<()> {
        let create = |number: usize| async move {
            let connection = self.connection(&format!("crowd-{number:04}"))?;
            self.connections().create(&PostParams::default(), &connection).await?;
            Ok(())
        };
        stream::iter(numbers)
            .map(create)
            .buffer_unordered(PARALLEL)
            .try_for_each(|()| ready(Ok(())))
            .await
    }

    pub async fn list(&self) -> Result<Vec<Connection>> {
        Ok(self.connections().list(&ListParams::default()).await?.items)
    }

    /// Waits until so many Connections have a token that was issued after `since`.
    pub async fn until_issued(&self, count: usize, since: Timestamp) -> Result<Vec<Connection>> {
        // Times in the status have whole seconds.
        let since = Timestamp::from_second(since.as_second())?;
        let fresh = |connection: &&Connection| {
            group(connection).and_then(|group| group.issued_at) >= Some(since)
        };
        let what = format!("{count} tokens");
        let found = wait::try_until(LIMIT, &what, async || {
            let all = self.list().await.map_err(|error| error.to_string())?;
            let issued = all.iter().filter(fresh).count();
            if issued >= count { Ok(all) } else { Err(format!("{issued}")) }
        });
        Ok(found.await?)
    }
}

/// The connection group of a status.
pub fn group(connection: &Connection) -> Option<&connection_client::api::status::ConnectionGroup> {
    connection.status.as_ref()?.connection_group.as_ref()
}

/// Whether a Connection is Ready.
pub fn is_ready(connection: &Connection) -> bool {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == "Ready")
        .any(|condition| condition.status == "True")
}

/// The token Secret's name of a Connection.
pub fn token_secret(connection: &Connection) -> String {
    format!("{}-token", connection.name_any())
}
