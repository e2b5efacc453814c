//! A provider that fails: for a while, for longer than the token lives, or by asking for patience.

use std::net::{Ipv4Addr, TcpListener};

use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use connection_core::clock;
use jiff::SignedDuration;
use rig::simulator::Simulator;
use rig::simulator::behavior::{Behavior, RetryAfter};
use rig::simulator::matcher::Matcher;
use serde_json::json;

use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::stage::{SOON, condition, message};

/// Seconds between the first two requests.
fn pause(simulator: &Simulator) -> f64 {
    simulator.with_requests(|all| all[1].received.duration_since(all[0].received).as_secs_f64())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_provider_is_retried_with_backoff() {
    let (scene, simulator) = open("unavailable").await;
    simulator.script(Matcher::next(3), Behavior::empty(503));
    scene.apply("crm", jwt(&simulator)).await;
    let failed = scene.until("crm", "Ready", "False", "ProviderUnavailable").await;
    assert_eq!(condition(&failed, "Stalled").0, "", "no action is required");
    assert!(message(&failed, "Ready").contains("HTTP 503"));
    scene.until_issued("crm").await;
    let requests = simulator.requests();
    assert_eq!(requests.len(), 4);
    let pauses: Vec<f64> = requests
        .windows(2)
        .map(|two| two[1].received.duration_since(two[0].received).as_secs_f64())
        .collect();
    assert!(pauses[0] > 0.35 && pauses[1] > 0.7 && pauses[2] > 1.4, "{pauses:?}");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_of_a_rate_limit_is_respected() {
    let (scene, simulator) = open("patience").await;
    for (name, retry_after) in [("seconds", RetryAfter::Seconds(4)), ("date", RetryAfter::Date(8))]
    {
        let provider = Simulator::start().unwrap();
        let date = clock::whole_seconds(clock::now()) + SignedDuration::from_secs(8);
        provider.script(Matcher::any(), Behavior::too_many_requests(retry_after));
        scene.apply(name, jwt(&provider)).await;
        let limited = scene.until(name, "Ready", "False", "RateLimited").await;
        assert_eq!(condition(&limited, "Stalled").0, "");
        let group = limited.status.unwrap().connection_group.unwrap();
        assert!(group.next_refresh_at.is_some(), "the status says when it is asked again");
        // A change of something unrelated is no way around it.
        scene.change(name, json!({ "metadata": { "labels": { "a": "b" } } })).await;
        assert!(provider.wait_for(2, SOON).await, "{name}: the request is retried");
        let requests = provider.requests();
        let after_seconds = requests[0].received + SignedDuration::from_secs(4);
        // The date was computed when the script was made, without its fraction of a second.
        let not_before = if name == "date" { date } else { after_seconds };
        assert!(requests[1].received >= not_before, "{name}: {}", requests[1].received);
        provider.clear_scripts();
        scene.until_issued(name).await;
    }
    assert_eq!(simulator.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_of_an_unavailable_provider_is_respected() {
    let (scene, simulator) = open("maintenance").await;
    let maintenance = Behavior::html(503, "maintenance").retry_after(RetryAfter::Seconds(3));
    simulator.script(Matcher::next(1), maintenance);
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    assert!(pause(&simulator) >= 3.0, "asked again after {} s", pause(&simulator));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_tcp_connection_is_reported() {
    let (scene, simulator) = open("refused").await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut spec = jwt(&simulator);
    spec["endpoints"]["token"] = json!(format!("http://{address}/token"));
    scene.apply("crm", spec).await;
    let failed = scene.until("crm", "Ready", "False", "ProviderUnavailable").await;
    assert!(message(&failed, "Ready").contains("check"), "{}", message(&failed, "Ready"));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_token_stays_ready_while_its_refresh_fails() {
    let (scene, simulator) = open("expiring").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let token = scene.data("crm-token").await;
    simulator.script(Matcher::any(), Behavior::empty(503));
    scene.annotate("crm", RENEW_REQUESTED_AT_ANNOTATION, "1").await;
    let failing = scene.until("crm", "Ready", "True", "RefreshFailed").await;
    let refreshed = condition(&failing, "Refreshed");
    assert_eq!(refreshed, ("False".to_owned(), "ProviderUnavailable".to_owned()));
    assert!(message(&failing, "Ready").contains("token valid until"));
    assert_eq!(condition(&failing, "Reconciling").0, "", "a usable token is there");
    assert_eq!(condition(&failing, "Stalled").0, "");
    assert!(simulator.wait_for(3, SOON).await, "the renewal is retried while the token is valid");
    assert_eq!(condition(&scene.connection("crm").await, "Ready").0, "True");
    assert_eq!(scene.data("crm-token").await, token, "the last valid token is unchanged");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_renewed_expires_and_is_kept() {
    let (scene, simulator) = open("expired").await;
    simulator.script(Matcher::any(), Behavior::empty(503));
    simulator.script(Matcher::next(1), Behavior::token().lifetime(3.0));
    scene.apply("crm", jwt(&simulator)).await;
    let token = scene.until_renewed("crm-token", None).await;
    let expired = scene.until("crm", "Ready", "False", "TokenExpired").await;
    let refreshed = condition(&expired, "Refreshed");
    assert_eq!(refreshed, ("False".to_owned(), "ProviderUnavailable".to_owned()));
    assert_eq!(scene.until_renewed("crm-token", None).await, token, "the last token is unchanged");
    simulator.clear_scripts();
    scene.until_issued("crm").await;
    scene.until_event("crm", "TokenExpired").await;
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pending_requests_do_not_block_other_connections() {
    let (scene, simulator) = open("waiting").await;
    let metronome = Metronome::start(&scene).await;
    simulator.otherwise(Behavior::token().delay(std::time::Duration::from_mins(2)));
    let names: Vec<_> = (0..20).map(|index| format!("slow-{index}")).collect();
    for name in &names {
        scene.apply(name, jwt(&simulator)).await;
    }
    assert!(simulator.wait_for(names.len(), SOON).await, "all wait at the same time");
    metronome.beats(3).await;
    for name in &names {
        let failed = scene.until(name, "Ready", "False", "ProviderUnavailable").await;
        assert!(message(&failed, "Ready").contains("did not respond in time"));
    }
}
