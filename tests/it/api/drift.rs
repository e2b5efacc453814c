//! A manifest that is applied again changes nothing: a GitOps tool sees no difference.

use serde_json::{Value, json};

use super::repository;
use super::server::plane;

/// Applies a manifest twice in one way, and looks for differences.
async fn apply_twice(prefix: &str, way: &[&str]) {
    let plane = plane().await;
    let namespace = plane.namespace(prefix).await.unwrap();
    let namespace = ["--namespace", namespace.name()];
    for manifest in repository::full() {
        let text = manifest.to_string();
        let run = |verb: &'static str, more: &'static [&str]| {
            let args = [&[verb, "-f", "-"], way, more, &namespace].concat();
            let text = text.clone();
            async move { plane.kubectl_ok(&args, &text).await.unwrap() }
        };
        let first: Value = serde_json::from_str(&run("apply", &["-o", "json"]).await).unwrap();
        let second: Value = serde_json::from_str(&run("apply", &["-o", "json"]).await).unwrap();
        assert_eq!(first["metadata"]["generation"], json!(1));
        assert_eq!(second["metadata"]["generation"], json!(1), "the second time changed the spec");
        assert_eq!(second["spec"], manifest["spec"], "the spec is not stored as it is written");
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
