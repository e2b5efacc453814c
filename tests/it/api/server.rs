//! Validates Connections with dry-run requests to an API server.

use std::path::Path;

use kube::Client;
use rig::control_plane::{ControlPlane, Namespace};
use serde_json::{Value, json};

pub const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");

/// Returns the control plane that tests share.
pub async fn plane() -> &'static ControlPlane {
    ControlPlane::shared(Path::new(CRDS)).await.unwrap()
}

/// Sends dry-run requests to a namespace of its own.
pub struct DryRun {
    client: Client,
    namespace: Namespace,
}

impl DryRun {
    pub async fn new(prefix: &str) -> Self {
        let plane = plane().await;
        let namespace = plane.namespace(prefix).await.unwrap();
        Self { client: plane.client().await.unwrap(), namespace }
    }

    /// Returns the Connection that would be stored, or the message of the API server.
    pub async fn spec(&self, spec: &Value) -> Result<Value, String> {
        self.connection(&json!({
            "apiVersion": "connection-operator.io/v1alpha1",
            "kind": "Connection",
            "metadata": { "name": "crm" },
            "spec": spec,
        }))
        .await
    }

    /// Like [`spec`](Self::spec), for a complete manifest.
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
            Err(error) => panic!("the API server did not respond: {error}"),
        }
    }
}
