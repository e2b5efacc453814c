//! Applying a manifest again changes nothing, so GitOps tools detect no drift.

use serde_json::{Value, json};

use super::repository;
use super::server::plane;

/// Applies manifests twice with the flags, and compares generation and spec.
async fn apply_twice(prefix: &str, flags: &[&str]) {
    let plane = plane().await;
    let namespace = plane.namespace(prefix).await.unwrap();
    let namespace = ["--namespace", namespace.name()];
    for manifest in repository::full() {
        let text = manifest.to_string();
        let run = |verb: &'static str, more: &'static [&str]| {
            let args = [&[verb, "-f", "-"], flags, more, &namespace].concat();
            let text = text.clone();
            async move { plane.kubectl_ok(&args, &text).await.unwrap() }
        };
        let first: Value = serde_json::from_str(&run("apply", &["-o", "json"]).await).unwrap();
        let second: Value = serde_json::from_str(&run("apply", &["-o", "json"]).await).unwrap();
        assert_eq!(first["metadata"]["generation"], json!(1));
        assert_eq!(second["metadata"]["generation"], json!(1), "the second apply changed the spec");
        assert_eq!(second["spec"], manifest["spec"], "the spec is not stored unchanged");
        assert_eq!(run("diff", &[]).await, "");
    }
}

#[tokio::test]
async fn client_side_apply_leaves_no_drift() {
    apply_twice("client-side", &[]).await;
}

#[tokio::test]
async fn server_side_apply_leaves_no_drift() {
    apply_twice("server-side", &["--server-side"]).await;
}
