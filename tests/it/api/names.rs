//! The name of the token Secret is immutable, set or defaulted.

use connection_client::api::connection::Connection;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use kube::discovery::ApiResource;
use kube::{Api, CustomResourceExt};
use serde_json::{Value, json};

use super::case::{JWT, spec};
use super::server::plane;

async fn change(prefix: &str, from: Value, to: Value) -> Result<(), String> {
    let plane = plane().await;
    let namespace = plane.namespace(prefix).await.unwrap();
    let resource: ApiResource = Connection::api_resource();
    let api: Api<DynamicObject> =
        Api::namespaced_with(plane.client().await.unwrap(), namespace.name(), &resource);
    let mut spec = spec(JWT, "{}");
    spec["secret"] = from;
    let manifest = json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": "crm" }, "spec": spec,
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    api.create(&PostParams::default(), &manifest).await.unwrap();
    let patch = Patch::Merge(json!({ "spec": { "secret": to } }));
    let changed = api.patch("crm", &PatchParams::default(), &patch).await;
    changed.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_name_of_the_secret_cannot_be_changed() {
    let changes = [
        (json!({ "name": "one" }), json!({ "name": "two" })),
        (json!({ "name": "one" }), json!({ "name": null })),
        (json!({ "name": "one" }), Value::Null),
        (Value::Null, json!({ "name": "one" })),
    ];
    for (from, to) in changes {
        let error = change("name-changed", from, to).await.unwrap_err();
        let remedy = "spec.secret.name cannot be changed, because workloads mount the Secret: restore the name";
        assert!(error.contains(remedy), "{error}");
    }
}

#[tokio::test]
async fn the_default_name_may_be_set_and_removed() {
    let name = json!({ "name": "crm-token" });
    change("name-set", Value::Null, name.clone()).await.unwrap();
    change("name-removed", name.clone(), Value::Null).await.unwrap();
    change("name-kept", name, json!({ "name": "crm-token", "format": "CloudStreams" }))
        .await
        .unwrap();
}
