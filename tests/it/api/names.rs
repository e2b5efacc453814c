//! The name of the token Secret stays what it was, however it is written.

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
        let said = change("name-changed", from, to).await.unwrap_err();
        let remedy =
            "spec.secret.name cannot be changed, since workloads mount that Secret: change it back";
        assert!(said.contains(remedy), "{said}");
    }
}

#[tokio::test]
async fn the_default_name_may_be_written_out_and_left_out_again() {
    let name = json!({ "name": "crm-token" });
    change("name-written", Value::Null, name.clone()).await.unwrap();
    change("name-left-out", name.clone(), Value::Null).await.unwrap();
    change("name-beside", name, json!({ "name": "crm-token", "format": "CloudStreams" }))
        .await
        .unwrap();
}
