//! `renew`.

use rig::simulator::behavior::Behavior;
use serde_json::json;

use super::plugin::Plugin;
use crate::controller::lifecycle::{jwt, open};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_by_name_by_label_and_all() {
    let (scene, simulator) = open("cli-renew").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    for name in ["crm", "erp"] {
        scene.apply(name, jwt(&simulator)).await;
        scene.until_issued(name).await;
    }
    let labels = json!({ "metadata": { "labels": { "team": "sales" } } });
    scene.change("crm", labels).await;
    let plugin = Plugin::as_admin(&scene);
    let token = async |name: &str| scene.data(name).await.unwrap()["access_token"].clone();
    let (crm, erp) = (token("crm-token").await, token("erp-token").await);

    let text = plugin.stdout(0, &["renew", "crm", "--wait"]).await;
    assert!(["crm: renewed, valid for 59m\n", "crm: renewed, valid for 60m\n"].contains(&&*text));
    let renewed = token("crm-token").await;
    assert!(renewed != crm && token("erp-token").await == erp);
    plugin.stdout(0, &["renew", "-l", "team=sales", "--wait"]).await;
    assert_ne!(token("crm-token").await, renewed);
    let text = plugin.stdout(0, &["renew", "--all", "--wait"]).await;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_ne!(token("erp-token").await, erp);
    assert_eq!(simulator.count(), 2 + 1 + 1 + 2, "one token request per renewal");

    let json = plugin.json(0, &["renew", "crm", "--wait"]).await;
    assert_eq!((&json[0]["outcome"], &json[0]["name"]), (&json!("Renewed"), &json!("crm")));
    assert!(json[0]["expiresAt"].is_string(), "{json}");

    // Without --wait, the annotation is set.
    plugin.stdout(0, &["renew", "erp"]).await;
    assert!(scene.connection("erp").await.metadata.annotations.unwrap().contains_key(RENEW_AT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_renewal_states_its_cause() {
    let (scene, simulator) = open("cli-unrenewed").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    simulator.otherwise(Behavior::error(400, "invalid_scope"));
    let plugin = Plugin::as_admin(&scene);
    let output = plugin.run(&["renew", "crm", "--wait"]).await;
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("crm: not renewed: "), "{output:?}");
    assert!(output.stderr.contains("(ScopeRejected)"), "{output:?}");
    // The status does not change if the renewal fails again: the timeout reports the same cause.
    let output = plugin.run(&["renew", "crm", "--wait", "--timeout", "4s"]).await;
    assert!(output.code == 1 && output.stderr.contains("(ScopeRejected)"), "{output:?}");

    scene.change("crm", json!({ "spec": { "suspend": true } })).await;
    let output = plugin.run(&["renew", "crm"]).await;
    assert!(output.code == 1 && output.stderr.contains("is suspended"), "{output:?}");
    for arguments in [&["renew"][..], &["renew", "crm", "--all"], &["renew", "crm", "-A"]] {
        let output = plugin.run(arguments).await;
        assert!(output.code == 1 && output.stderr.contains("see --help"), "{output:?}");
    }
    let read = ("connection-operator.io", "connections", &["get", "list"][..]);
    let reader = Plugin::with_permissions(&scene, "reader", &[read]).await;
    scene.change("crm", json!({ "spec": { "suspend": null } })).await;
    let mut spec = jwt(&simulator);
    spec["suspend"] = json!(true);
    scene.apply("erp", spec).await;
    // A failure does not prevent the other renewals.
    let json = reader.json(1, &["renew", "--all"]).await;
    assert_eq!((&json[0]["name"], &json[1]["name"]), (&json!("crm"), &json!("erp")), "{json}");
    assert!(json[0]["message"].as_str().unwrap().contains("cannot patch resource"), "{json}");
    assert!(json[1]["message"].as_str().unwrap().contains("is suspended"), "{json}");
    assert_eq!(json[0]["outcome"], "Failed", "{json}");
}
