//! The API server, asked whether it would take a Connection.

use std::path::Path;

use kube::Client;
use rig::control_plane::{ControlPlane, Namespace};
use serde_json::{Value, json};

pub const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");

/// The control plane that tests share.
pub async fn plane() -> &'static ControlPlane {
    ControlPlane::shared(Path::new(CRDS)).await.unwrap()
}

/// A namespace in which nothing is ever stored.
pub struct Judge {
    client: Client,
    namespace: Namespace,
}

impl Judge {
    pub async fn new(prefix: &str) -> Self {
        let plane = plane().await;
        let namespace = plane.namespace(prefix).await.unwrap();
        Self { client: plane.client().await.unwrap(), namespace }
    }

    /// What would be stored for a spec, or the refusal, in the API server's words.
    pub async fn spec(&self, spec: &Value) -> Result<Value, String> {
        self.connection(&json!({
            "apiVersion": "connection-operator.io/v1alpha1",
            "kind": "Connection",
            "metadata": { "name": "crm" },
            "spec": spec,
        }))
        .await
    }

    /// What would be stored for a whole manifest, or the refusal.
    pub async fn connection(&self, manifest: &Value) -> Result<Value, String> {
        let path = format!(
            "/apis/connection-operator.io/v1alpha1/namespaces/{}/connections?dryRun=All&fieldValidation=Strict",
            self.namespace.name()
        );
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(manifest).unwrap())
            .unwrap();
        match self.client.request(request).await {
            Ok(stored) => Ok(stored),
            Err(kube::Error::Api(status)) => Err(status.message.clone()),
            Err(error) => panic!("the API server does not answer: {error}"),
        }
    }
}
