//! `check`.

use rig::simulator::behaviour::Behaviour;
use serde_json::json;

use super::plugin::Plugin;
use crate::controller::lifecycle::{jwt, open};

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_where_the_operator_acts_and_the_endpoint_answers() {
    let (scene, simulator) = open("cli-check").await;
    simulator.otherwise(Behaviour::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let plugin = Plugin::of(&scene);
    let text = plugin.answer(0, &["check", "crm"]).await;
    for part in [
        "✓ API server: answers (v1.",
        "✓ clock: that of the API server is ",
        "✓ CustomResourceDefinition: v1alpha1 is installed, as this plugin knows it",
        "✓ rights: you may patch connections in namespace cli-check",
        "✓ operator: acts: 1 of 1 Connections",
        "✓ endpoint: 127.0.0.1 answers this machine (HTTP ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(!text.contains('✗') && !text.contains('?'), "{text}");
    let lines = plugin.json(0, &["check"]).await;
    assert!(lines.as_array().unwrap().iter().all(|line| line["mark"] == "Ok"), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_well_has_its_remedy() {
    let (scene, simulator) = open("cli-unwell").await;
    let mut spec = jwt(&simulator);
    spec["endpoints"]["token"] = json!("https://127.0.0.1:1/token");
    spec["suspend"] = json!(true);
    scene.apply("crm", spec).await;
    scene.until("crm", "Ready", "False", "Suspended").await;
    let viewer = Plugin::limited(
        &scene,
        "viewer",
        &[("connection-operator.io", "connections", &["get", "list"])],
    )
    .await;
    let text = viewer.answer(1, &["check", "crm"]).await;
    for part in [
        "✓ CustomResourceDefinition: v1alpha1 is installed; you may not read it",
        "✓ rights: you may list connections",
        "✗ rights: you may not patch connections in namespace cli-unwell",
        "it is needed by renew, authorize",
        "? rights: you may not get secrets",
        "✗ endpoint: 127.0.0.1 does not answer this machine: ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    scene
        .apply("proxied", {
            let mut spec = jwt(&simulator);
            spec["proxyRef"] = json!({ "name": "nowhere" });
            spec["suspend"] = json!(true);
            spec
        })
        .await;
    let text = viewer.answer(1, &["check", "proxied"]).await;
    assert!(text.contains("? endpoint: reading Secret `nowhere`"), "{text}");
    let text = Plugin::of(&scene).answer(1, &["check", "proxied"]).await;
    assert!(text.contains("✗ endpoint: spec.proxyRef: Secret `nowhere` does not exist"), "{text}");
}
