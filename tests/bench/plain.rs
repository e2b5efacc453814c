//! The ceiling: a plain client that signs, asks the token endpoint and writes the same two objects,
//! and does nothing else.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connection_client::api::connection::Connection;
use connection_core::clock::{self, whole_seconds};
use connection_core::keys::keystore::Keystore;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, ResourceExt as _};
use rig::control_plane::ControlPlane;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::crowd::{Crowd, PARALLEL, token_secret};

/// The name of its threads, which distinguishes their processor time.
pub const THREADS: &str = "plain";

const MANAGER: &str = "connection-operator";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The plain client.
pub struct Plain {
    pub runtime: Runtime,
    shared: Arc<Shared>,
    twins: Vec<Arc<Twin>>,
}

struct Shared {
    http: reqwest::Client,
    key: EncodingKey,
    endpoint: String,
    connections: Api<Connection>,
    secrets: Api<Secret>,
}

/// What is written for one Connection: copies of what the operator wrote for its own.
struct Twin {
    name: String,
    secret: Value,
    status: Value,
}

impl Plain {
    /// Makes a client that acts as `kubeconfig` says, in the namespace of `crowd`.
    pub fn new(
        plane: &ControlPlane,
        crowd: &Crowd,
        kubeconfig: &Path,
        (key, endpoint): (&str, &str),
    ) -> Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name(THREADS).enable_all().build()?;
        let client: Client = runtime.block_on(plane.client_for(kubeconfig))?;
        let pair = Keystore::open(key.as_bytes(), None)?.key_pair(None, None)?;
        #[expect(clippy::disallowed_methods, reason = "it is no part of the operator")]
        let http = reqwest::Client::builder().no_proxy().build()?;
        let shared = Shared {
            http,
            key: pair.private_key.encoding_key()?,
            endpoint: endpoint.to_owned(),
            connections: Api::namespaced(client.clone(), crowd.namespace()),
            secrets: Api::namespaced(client, crowd.namespace()),
        };
        Ok(Self { runtime, shared: Arc::new(shared), twins: Vec::new() })
    }

    /// Makes twins of the Connections and the Secrets of one of the operator's.
    pub async fn prepare(&mut self, theirs: &Crowd, ours: &Crowd, count: usize) -> Result<()> {
        let like = theirs.connections().get("crowd-0000").await?;
        let secret = theirs.secrets().get(&token_secret(&like)).await?;
        ours.create(0..count).await?;
        let shared = &self.shared;
        let twins = ours.list().await?.into_iter().map(|connection| {
            let (like, secret) = (&like, &secret);
            async move { shared.twin(&connection, like, secret).await.map(Arc::new) }
        });
        self.twins = stream::iter(twins).buffer_unordered(PARALLEL).try_collect().await?;
        Ok(())
    }

    /// Refreshes each of them once.
    pub fn refresh_all(&self) -> Result<()> {
        let refresh = |twin: &Arc<Twin>| {
            let (shared, twin) = (Arc::clone(&self.shared), Arc::clone(twin));
            // On a thread of its own choice, as the operator's.
            tokio::spawn(async move { shared.refresh(&twin).await })
        };
        self.runtime.block_on(async {
            let mut done = stream::iter(&self.twins).map(refresh).buffer_unordered(PARALLEL);
            while let Some(one) = done.next().await {
                one??;
            }
            Ok(())
        })
    }
}

impl Shared {
    async fn twin(
        &self,
        connection: &Connection,
        like: &Connection,
        secret: &Secret,
    ) -> Result<Twin> {
        let name = connection.name_any();
        let renamed = |text: String| text.replace(&like.name_any(), &name);
        let metadata = json!({
            "name": token_secret(connection),
            "labels": secret.labels(),
            "annotations": secret.annotations(),
            "ownerReferences": secret.owner_references(),
        });
        let mut body =
            json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": secret.data });
        body["metadata"] = serde_json::from_str(&renamed(metadata.to_string()))?;
        body["metadata"]["ownerReferences"][0]["uid"] = connection.uid().into();
        let status = serde_json::from_str(&renamed(serde_json::to_string(&like.status)?))?;
        let made: Secret =
            self.secrets.patch(&token_secret(connection), &params(), &Patch::Apply(&body)).await?;
        body["metadata"]["uid"] = made.uid().into();
        let twin = Twin { name, secret: body, status };
        self.write_status(&twin, connection.uid()).await?;
        Ok(Twin { status: json!({ "uid": connection.uid(), "status": twin.status }), ..twin })
    }

    async fn refresh(&self, twin: &Twin) -> Result<()> {
        let now = clock::now();
        let answer = self.token(&twin.name, now.as_second()).await?;
        let token = answer["access_token"].as_str().ok_or("no access token")?;
        let expires_at = whole_seconds(
            now + SignedDuration::from_secs(answer["expires_in"].as_i64().unwrap_or(3600)),
        );
        let mut secret = twin.secret.clone();
        let encoded = |text: String| Value::from(STANDARD.encode(text));
        secret["data"]["access_token"] = encoded(token.to_owned());
        secret["data"]["authorization"] = encoded(format!("Authorization: Bearer {token}"));
        secret["data"]["expires_at"] = encoded(expires_at.to_string());
        let name = secret["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        self.secrets.patch_metadata(&name, &params(), &Patch::Apply(&secret)).await?;
        let mut status = twin.status["status"].clone();
        for (field, time) in [("issuedAt", whole_seconds(now)), ("expiresAt", expires_at)] {
            status["connectionGroup"][field] = time.to_string().into();
        }
        let uid = twin.status["uid"].as_str().map(str::to_owned);
        self.write_status(&Twin { name: twin.name.clone(), secret, status }, uid).await
    }

    async fn token(&self, issuer: &str, now: i64) -> Result<Value> {
        let claims = json!({
            "iss": issuer, "sub": "integration@example.com", "aud": self.endpoint,
            "exp": now + 180, "iat": now, "jti": uid(),
        });
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)?;
        let form = form([
            ("assertion", &assertion),
            ("client_id", issuer),
            ("grant_type", JWT_BEARER),
            ("scope", "api"),
        ])?;
        let post = self.http.post(&self.endpoint).body(form);
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        Ok(serde_json::from_slice(&post.send().await?.error_for_status()?.bytes().await?)?)
    }

    async fn write_status(&self, twin: &Twin, uid: Option<String>) -> Result<()> {
        let body = json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": twin.name, "uid": uid }, "status": twin.status,
        });
        self.connections.patch_status(&twin.name, &params(), &Patch::Apply(&body)).await?;
        Ok(())
    }
}

fn params() -> PatchParams {
    PatchParams::apply(MANAGER).force()
}

/// Sixteen random bytes.
fn uid() -> String {
    STANDARD.encode(connection_core::random::bytes::<16>())
}

fn form<const N: usize>(fields: [(&str, &str); N]) -> Result<String> {
    let mut url = url::Url::parse("http://form/")?;
    url.query_pairs_mut().extend_pairs(fields);
    Ok(url.query().unwrap_or_default().to_owned())
}
