//! Tests of `kubectl get` and `kubectl explain`.

use std::time::Duration;

use rig::control_plane::ControlPlane;
use rig::wait;
use serde_json::{Value, json};

use super::case::{JWT, spec};
use super::server::{CRDS, plane};

const LIMIT: Duration = Duration::from_mins(2);

fn manifest() -> String {
    let manifest = json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": "crm" }, "spec": spec(JWT, "{}"),
    });
    manifest.to_string()
}

fn status() -> String {
    let condition = |kind: &str, reason: &str| {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": "good until noon",
            "lastTransitionTime": "2026-05-04T08:41:00Z",
        })
    };
    let status = json!({
        "conditions": [condition("Ready", "TokenIssued"), condition("Refreshed", "TokenRenewed")],
        "connectionGroup": {
            "clientID": "integration", "expiresAt": "2026-05-04T09:41:00Z",
            "nextRefreshAt": "2026-05-04T09:21:00Z", "secretName": "crm-token",
        },
    });
    json!({ "status": status }).to_string()
}

fn words(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect()
}

/// Needs a control plane of its own, because an operator would write another status.
#[tokio::test]
async fn a_new_connection_is_not_observed_and_the_table_shows_its_state() {
    let plane = ControlPlane::builder().controller_manager(false).crds(CRDS).start().await.unwrap();
    let created =
        plane.kubectl_ok(&["create", "-o", "json", "-f", "-"], &manifest()).await.unwrap();
    let created: Value = serde_json::from_str(&created).unwrap();
    assert_eq!(
        created["status"],
        json!({ "observedGeneration": -1 }),
        "kstatus would consider it ready"
    );

    let status = status();
    let patch = ["patch", "conn", "crm", "--subresource=status", "--type=merge", "-p", &status];
    plane.kubectl_ok(&patch, "").await.unwrap();
    let table = plane.kubectl_ok(&["get", "connections"], "").await.unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(words(lines[0]), ["NAME", "READY", "REASON", "FLOW", "EXPIRES", "SECRET", "AGE"]);
    let shown = ["crm", "True", "TokenIssued", "JWT", "2026-05-04T09:41:00Z", "crm-token"];
    assert_eq!(words(lines[1])[..6], shown);

    let table = plane.kubectl_ok(&["get", "conn", "-o", "wide"], "").await.unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let more = ["REFRESHED", "NEXT REFRESH", "CLIENT", "MESSAGE"];
    assert_eq!(words(lines[0])[7..], more);
    let shown = ["TokenRenewed", "2026-05-04T09:21:00Z", "integration", "good until noon"];
    assert_eq!(words(lines[1])[7..], shown);

    let chosen = plane
        .kubectl_ok(&["get", "conn", "--field-selector", "spec.flow=JWT", "-o", "name"], "")
        .await;
    assert_eq!(chosen.unwrap().trim(), "connection.connection-operator.io/crm");
    let category =
        plane.kubectl_ok(&["get", "connection-operator", "-o", "name"], "").await.unwrap();
    assert_eq!(category.trim(), "connection.connection-operator.io/crm");
}

#[tokio::test]
async fn explain_describes_every_field() {
    let plane = plane().await;
    for field in ["spec", "spec.assertion", "spec.client", "spec.secret", "status.connectionGroup"]
    {
        let field = format!("connection.{field}");
        // The server publishes a new schema some time after it serves the resource.
        let shown = wait::until(LIMIT, "the explanation", async || {
            plane.kubectl_ok(&["explain", &field], "").await.map_err(|error| error.to_string())
        })
        .await;
        assert!(!shown.contains("<no description>"), "{field}: {shown}");
    }
    let tree = plane.kubectl_ok(&["explain", "connection.spec", "--recursive"], "").await.unwrap();
    for field in ["keyPasswordKey", "pushedAuthorization", "enum: RS256, RS384", "keepAliveSeconds"]
    {
        assert!(tree.contains(field), "{field}: {tree}");
    }
}
