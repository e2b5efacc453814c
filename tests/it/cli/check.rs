//! `check`.

use rig::simulator::behavior::Behavior;
use serde_json::json;

use super::plugin::Plugin;
use crate::controller::lifecycle::{jwt, open};

#[tokio::test(flavor = "multi_thread")]
async fn all_checks_pass_if_the_operator_runs_and_the_endpoint_is_reachable() {
    let (scene, simulator) = open("cli-check").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let plugin = Plugin::as_admin(&scene);
    let text = plugin.stdout(0, &["check", "crm"]).await;
    for part in [
        "✓ API server: reachable (v1.",
        "✓ clock: in sync with the API server (skew ",
        "✓ CustomResourceDefinition: v1alpha1 is installed and matches this plugin",
        "✓ rights: you may patch connections in namespace cli-check",
        "✓ operator: up to date with 1 of 1 Connections in namespace cli-check",
        "✓ endpoint: 127.0.0.1 is reachable from this machine (HTTP ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(!text.contains('✗') && !text.contains('?'), "{text}");
    let lines = plugin.json(0, &["check"]).await;
    assert!(lines.as_array().unwrap().iter().all(|line| line["mark"] == "Ok"), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_check_states_its_remedy() {
    let (scene, simulator) = open("cli-failed").await;
    let mut spec = jwt(&simulator);
    spec["endpoints"]["token"] = json!("https://127.0.0.1:1/token");
    spec["suspend"] = json!(true);
    scene.apply("crm", spec).await;
    scene.until("crm", "Ready", "False", "Suspended").await;
    let viewer = Plugin::with_permissions(
        &scene,
        "viewer",
        &[("connection-operator.io", "connections", &["get", "list"])],
    )
    .await;
    let text = viewer.stdout(1, &["check", "crm"]).await;
    for part in [
        "✓ CustomResourceDefinition: v1alpha1 is installed; you may not read it",
        "✓ rights: you may list connections",
        "✗ rights: cannot patch connections in namespace cli-failed",
        "(needed by: renew, authorize): ask for a role that allows it",
        "? rights: cannot get secrets",
        "✗ endpoint: 127.0.0.1 is not reachable from this machine: ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    scene
        .apply("proxied", {
            let mut spec = jwt(&simulator);
            spec["proxyRef"] = json!({ "name": "missing" });
            spec["suspend"] = json!(true);
            spec
        })
        .await;
    let text = viewer.stdout(1, &["check", "proxied"]).await;
    assert!(text.contains("? endpoint: reading Secret `missing`"), "{text}");
    let text = Plugin::as_admin(&scene).stdout(1, &["check", "proxied"]).await;
    assert!(text.contains("✗ endpoint: spec.proxyRef: Secret `missing` does not exist"), "{text}");
}
