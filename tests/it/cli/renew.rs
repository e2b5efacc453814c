//! `renew`.

use rig::simulator::behaviour::Behaviour;
use serde_json::json;

use super::plugin::Plugin;
use crate::controller::lifecycle::{jwt, open};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_by_name_by_label_and_all_together() {
    let (scene, simulator) = open("cli-renew").await;
    simulator.otherwise(Behaviour::token().lifetime(3600.0));
    for name in ["crm", "erp"] {
        scene.apply(name, jwt(&simulator)).await;
        scene.until_issued(name).await;
    }
    let labels = json!({ "metadata": { "labels": { "team": "sales" } } });
    scene.change("crm", labels).await;
    let plugin = Plugin::of(&scene);
    let token = async |name: &str| scene.data(name).await.unwrap()["access_token"].clone();
    let (crm, erp) = (token("crm-token").await, token("erp-token").await);

    let text = plugin.answer(0, &["renew", "crm", "--wait"]).await;
    assert!(["crm: renewed, valid for 59m\n", "crm: renewed, valid for 60m\n"].contains(&&*text));
    let renewed = token("crm-token").await;
    assert!(renewed != crm && token("erp-token").await == erp);
    plugin.answer(0, &["renew", "-l", "team=sales", "--wait"]).await;
    assert_ne!(token("crm-token").await, renewed);
    let text = plugin.answer(0, &["renew", "--all", "--wait"]).await;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_ne!(token("erp-token").await, erp);
    assert_eq!(simulator.count(), 2 + 1 + 1 + 2, "one request for each that was asked for");

    let output = plugin.json(0, &["renew", "crm", "--wait"]).await;
    assert_eq!((&output[0]["outcome"], &output[0]["name"]), (&json!("Renewed"), &json!("crm")));
    assert!(output[0]["expiresAt"].is_string(), "{output}");

    // Without waiting, the Connection has the value.
    plugin.answer(0, &["renew", "erp"]).await;
    assert!(scene.connection("erp").await.metadata.annotations.unwrap().contains_key(RENEW_AT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_fails_says_why() {
    let (scene, simulator) = open("cli-unrenewed").await;
    simulator.otherwise(Behaviour::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    simulator.otherwise(Behaviour::error(400, "invalid_scope"));
    let plugin = Plugin::of(&scene);
    let said = plugin.run(&["renew", "crm", "--wait"]).await;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("crm: not renewed: "), "{said:?}");
    assert!(said.stderr.contains("(ScopeRejected)"), "{said:?}");
    // As it failed before: what is known when the time is over is said.
    let said = plugin.run(&["renew", "crm", "--wait", "--timeout", "4s"]).await;
    assert!(said.code == 1 && said.stderr.contains("(ScopeRejected)"), "{said:?}");

    scene.change("crm", json!({ "spec": { "suspend": true } })).await;
    let said = plugin.run(&["renew", "crm"]).await;
    assert!(said.code == 1 && said.stderr.contains("is suspended"), "{said:?}");
    for arguments in [&["renew"][..], &["renew", "crm", "--all"], &["renew", "crm", "-A"]] {
        let said = plugin.run(arguments).await;
        assert!(said.code == 1 && said.stderr.contains("see --help"), "{said:?}");
    }
    let read = ("connection-operator.io", "connections", &["get", "list"][..]);
    let reader = Plugin::limited(&scene, "reader", &[read]).await;
    scene.change("crm", json!({ "spec": { "suspend": null } })).await;
    let mut spec = jwt(&simulator);
    spec["suspend"] = json!(true);
    scene.apply("erp", spec).await;
    // One that fails keeps none of the others.
    let output = reader.json(1, &["renew", "--all"]).await;
    assert_eq!(
        (&output[0]["name"], &output[1]["name"]),
        (&json!("crm"), &json!("erp")),
        "{output}"
    );
    assert!(output[0]["message"].as_str().unwrap().contains("cannot patch resource"), "{output}");
    assert!(output[1]["message"].as_str().unwrap().contains("is suspended"), "{output}");
    assert_eq!(output[0]["outcome"], "Failed", "{output}");
}
