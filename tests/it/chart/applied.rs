//! Each object that the chart renders is taken by the API server, field by field.

use serde_json::{Value, json};

use super::cluster::{Cluster, installed_next_to};
use super::helm::{objects, of_kind};
use super::values::everything;
use crate::api::case::merge;

/// `base` with the changes of `over`.
fn merged(mut base: Value, over: Value) -> Value {
    merge(&mut base, over);
    base
}

/// Applies what is rendered, strictly, and has admission judge a pod of its template.
async fn assert_accepted(case: &str, values: Value) {
    let cluster = Cluster::shared().await;
    let namespace = cluster.restricted(case).await;
    let name = namespace.name();
    let mut values = merged(installed_next_to(name), values);
    if let Some(enrolled) = values.pointer_mut("/rbac/enrolledNamespaces") {
        *enrolled = json!([name]);
    }
    let objects = objects(name, &values);
    for object in &objects {
        let args = ["apply", "--server-side", "--validate=strict", "-f", "-"];
        let applied = cluster.plane.kubectl_ok(&args, &object.to_string()).await;
        applied.unwrap_or_else(|error| panic!("{case}: {error} in {object}"));
    }
    let template = &of_kind(&objects, "Deployment")[0]["spec"]["template"];
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "spec": template["spec"] });
    pod["metadata"] =
        merged(template["metadata"].clone(), json!({ "name": "one", "namespace": name }));
    let args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
    let admitted = cluster.plane.kubectl_ok(&args, &pod.to_string()).await;
    admitted.unwrap_or_else(|error| panic!("{case}: {error}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_defaults_are_accepted() {
    assert_accepted("defaults", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rbac_profile_is_accepted() {
    for profile in ["Namespaced", "OptIn", "Cluster"] {
        let values = json!({ "rbac": { "profile": profile, "enrolledNamespaces": ["-"] } });
        assert_accepted(&profile.to_lowercase(), values).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_optional_features_are_accepted() {
    assert_accepted("everything", everything()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_are_accepted() {
    let secret = json!({ "trustedCA": { "secret": "authorities", "key": "bundle.pem" } });
    assert_accepted("ca-from-a-secret", secret).await;
    let bare = json!({
        "replicas": 1,
        "rbac": { "create": false },
        "serviceAccount": { "create": false },
        "networkPolicy": { "enabled": false },
        "topologySpreadConstraints": [],
    });
    assert_accepted("bare", bare).await;
    let hardened = format!("{}/values-hardened.yaml", super::helm::CHART);
    let hardened = std::fs::read_to_string(hardened).expect("the chart has it");
    assert_accepted("hardened", serde_saphyr::from_str(&hardened).expect("YAML")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_is_detected() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.restricted("unknown-field").await;
    let values = merged(installed_next_to(namespace.name()), everything());
    for mut object in objects(namespace.name(), &values) {
        object["spec"]["unknown"] = json!(1);
        let args = ["apply", "--server-side", "--validate=strict", "-f", "-"];
        let text = object.to_string();
        let applied = cluster.plane.kubectl_as(cluster.plane.kubeconfig(), &args, &text);
        let applied = applied.await.expect("kubectl runs");
        assert!(
            !applied.success && applied.stderr.contains("unknown"),
            "{object}: {}",
            applied.stderr
        );
    }
}
