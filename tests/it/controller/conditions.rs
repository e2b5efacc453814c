//! What tools read: conditions as kstatus wants them, and events.

use connection_client::api::connection::Connection;
use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::json;

use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::stage::{SOON, Scene, condition};

fn types(connection: &Connection) -> Vec<String> {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions.map(|condition| condition.type_.clone()).collect()
}

/// Type, status and time of the last transition of each condition.
fn transitions(connection: &Connection) -> Vec<(String, String, String)> {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions
        .map(|condition| {
            (
                condition.type_.clone(),
                condition.status.clone(),
                format!("{:?}", condition.last_transition_time),
            )
        })
        .collect()
}

async fn until_handled(scene: &Scene, request: &str) {
    wait::until(SOON, "the renewal is handled", async || {
        let status = scene.connection("crm").await.status.unwrap_or_default();
        let handled = status.last_handled_renew_requested_at;
        if handled.as_deref() == Some(request) { Ok(()) } else { Err(format!("{handled:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_changes_no_transition_time_and_records_no_event() {
    let (scene, simulator) = open("transitions").await;
    scene.apply("crm", jwt(&simulator)).await;
    let first = scene.until_issued("crm").await;
    assert_eq!(types(&first), ["Ready", "Refreshed"], "nothing is in progress and nothing stalled");
    for request in ["1", "2", "3"] {
        scene.annotate("crm", RENEW_REQUESTED_AT_ANNOTATION, request).await;
        until_handled(&scene, request).await;
    }
    assert_eq!(simulator.count(), 4);
    let later = scene.until_issued("crm").await;
    assert_eq!(transitions(&first), transitions(&later));
    scene.until_event("crm", "TokenIssued").await;
    let events = scene.events("crm").await;
    assert_eq!(events.len(), 1, "one for the first token: {events:?}");
    assert_eq!(events[0].0, "TokenIssued");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_transition_records_one_event_regardless_of_the_number_of_failures() {
    let (scene, simulator) = open("events").await;
    let metronome = Metronome::start(&scene).await;
    simulator.script(Matcher::next(3), Behavior::empty(503));
    scene.apply("crm", jwt(&simulator)).await;
    let failing = scene.until("crm", "Ready", "False", "ProviderUnavailable").await;
    assert_eq!(types(&failing), ["Ready", "Refreshed", "Reconciling"], "it is on its way");
    scene.until_issued("crm").await;
    simulator.script(Matcher::any(), Behavior::error(400, "invalid_scope"));
    scene.annotate("crm", "connection-operator.io/renew-requested-at", "1").await;
    let stalled = scene.until("crm", "Ready", "True", "RefreshFailed").await;
    assert_eq!(types(&stalled), ["Ready", "Refreshed", "Stalled"], "only a change helps");
    simulator.clear_scripts();
    scene.annotate("crm", "connection-operator.io/renew-requested-at", "2").await;
    let issued = scene.until_issued("crm").await;
    assert_eq!(types(&issued), ["Ready", "Refreshed"]);
    metronome.beats(2).await;
    let mut events = scene.events("crm").await;
    events.sort();
    let reasons: Vec<_> = events.iter().map(|(reason, _)| reason.as_str()).collect();
    // The recorder counts a second event of one reason up on the first.
    assert!(
        matches!(
            reasons[..],
            ["ProviderUnavailable", "ScopeRejected", "TokenIssued"]
                | ["ProviderUnavailable", "ScopeRejected", "TokenIssued", "TokenIssued"]
        ),
        "{events:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unobserved_connection_is_not_ready() {
    let scene = Scene::with_own_operator("unseen").await;
    let stopped = scene.stage.operator.process.terminate(SOON).await.unwrap();
    assert!(stopped.success());
    let spec = json!({
        "flow": "JWT",
        "endpoints": { "token": "https://login.example.com/token" },
        "client": { "id": "client" },
        "assertion": { "keystoreRef": { "name": "keystore" } },
    });
    let unseen = scene.apply("crm", spec).await;
    assert_eq!(unseen.status.as_ref().unwrap().observed_generation, Some(-1));
    assert_eq!(condition(&unseen, "Ready").0, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_condition_has_its_observed_generation() {
    let (scene, simulator) = open("generation").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let scopes = json!({ "spec": { "scopes": ["api", "web"] } });
    let changed = scene.change("crm", scopes).await;
    assert_eq!(changed.metadata.generation, Some(2));
    assert!(simulator.wait_for(2, SOON).await);
    let issued = scene.until_issued("crm").await;
    let status = issued.status.as_ref().unwrap();
    assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(2)));
    assert!(status.conditions.iter().all(|condition| !condition.message.is_empty()));
    let known = connection_core::connection::reason::Reason::ALL;
    let words: Vec<_> = known.iter().map(|item| item.as_str()).collect();
    assert!(status.conditions.iter().all(|condition| words.contains(&condition.reason.as_str())));
}
