//! The kustomize base, which is the chart rendered by default.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::helm::{documents, objects};

const BASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/kustomize");

/// Kind, namespace and name of each object.
fn names(objects: &[Value]) -> BTreeSet<String> {
    let name = |object: &Value| {
        let metadata = &object["metadata"];
        format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"])
    };
    objects.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kustomize_renders_the_objects_of_the_chart_and_the_namespace() {
    let plane = &Cluster::shared().await.plane;
    let built = documents(&plane.kubectl_ok(&["kustomize", BASE], "").await.expect("it is built"));
    let namespace = json!({ "kind": "Namespace", "metadata": { "name": "connection-operator" } });
    let mut expected = names(&objects("connection-operator", &json!({})));
    expected.extend(names(&[namespace]));
    assert_eq!(names(&built), expected);
    for object in &built {
        let args = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-"];
        plane.kubectl_ok(&args, &object.to_string()).await.expect("the object is accepted");
    }
}
