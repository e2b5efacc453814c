//! Renewals that were asked for, and a Connection that is suspended.

use rig::simulator::Simulator;
use serde_json::json;

use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::stage::{SOON, Scene, condition};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";
const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Annotates, and waits until so many requests were made and the status has the value.
async fn ask(scene: &Scene, simulator: &Simulator, key: &str, value: &str, requests: usize) {
    scene.annotate("crm", key, value).await;
    assert!(simulator.wait_for(requests, SOON).await, "{key}: {value} renews the token");
    rig::wait::until(SOON, &format!("the echo of {key}: {value}"), async || {
        let status = scene.connection("crm").await.status.unwrap();
        let echo = match key {
            RENEW_AT => status.last_handled_renew_requested_at,
            _ => status.last_handled_reconcile_at,
        };
        if echo.as_deref() == Some(value) { Ok(()) } else { Err(format!("{echo:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_renews_the_token_once_for_each_of_its_values() {
    let (scene, simulator) = open("renewal").await;
    let metronome = Metronome::start(&scene).await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;

    ask(&scene, &simulator, RENEW_AT, "2026-05-04", 2).await;
    scene.until_renewed("crm-token", Some(&old)).await;
    ask(&scene, &simulator, REQUESTED_AT, "2026-05-05", 3).await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 3, "one request for each");

    scene.change("crm", json!({ "metadata": { "annotations": { RENEW_AT: null } } })).await;
    metronome.beats(1).await;
    scene.annotate("crm", RENEW_AT, "2026-05-04").await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 3, "a value that was answered asks for nothing");
    ask(&scene, &simulator, RENEW_AT, "2026-05-06", 4).await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 4);
    assert_eq!(condition(&scene.connection("crm").await, "Ready").1, "TokenIssued");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_connection_requests_nothing_until_it_is_resumed() {
    let (scene, simulator) = open("suspended").await;
    let metronome = Metronome::start(&scene).await;
    let mut spec = jwt(&simulator);
    spec["suspend"] = json!(true);
    scene.apply("crm", spec).await;
    scene.until("crm", "Ready", "False", "Suspended").await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 0, "no first token");
    assert_eq!(scene.data("crm-token").await, None);

    scene.change("crm", json!({ "spec": { "suspend": false } })).await;
    scene.until_issued("crm").await;
    let token = scene.until_renewed("crm-token", None).await;
    let subject = json!({ "assertion": { "claims": { "sub": "another@example.com" } } });
    scene.change("crm", json!({ "spec": { "suspend": true } })).await;
    let suspended = scene.until("crm", "Ready", "True", "Suspended").await;
    assert_eq!(condition(&suspended, "Stalled").0, "", "it waits for nothing");
    scene.change("crm", json!({ "spec": subject })).await;
    scene.annotate("crm", RENEW_AT, "now").await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1, "neither a change nor an annotation counts while suspended");
    assert_eq!(scene.data("crm-token").await.unwrap()["access_token"], token);

    scene.change("crm", json!({ "spec": { "suspend": null } })).await;
    scene.until_renewed("crm-token", Some(&token)).await;
    scene.until_issued("crm").await;
    metronome.beats(1).await;
    assert_eq!(simulator.count(), 2, "one request for all that was missed");
    scene.assert_no_leak(&simulator.secrets()).await;
}
