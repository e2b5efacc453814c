//! A leader that loses the API server.

use std::time::Duration;

use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use connection_core::clock;
use rig::control_plane::Mark;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;
use rig::simulator::matcher::Matcher;
use rig::wait;

use super::pair::until_leading;
use super::timings::{HoldUps, PAUSE, is_write, since};
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{SOON, Scene};

/// How long a leader acts after the last renewal that succeeded.
const STEPPED_DOWN: Duration = Duration::from_secs(13);

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_regains_the_lease_still_has_its_unwritten_token() {
    let scene = Scene::with_candidate_and_own_plane("lease-outage").await;
    put_keystore(&scene).await;
    let simulator = Simulator::start().unwrap();
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;
    let gate = Gate::closed();
    simulator.script(Matcher::next(1), Behavior::token().behind(&gate));
    scene.annotate("crm", RENEW_REQUESTED_AT_ANNOTATION, "1").await;
    assert!(simulator.wait_for(2, SOON).await, "the second token is requested");
    let server = scene.stage.plane.api_server();
    let operator = &scene.stage.operator;
    let mut hold_ups = HoldUps::watch();
    server.freeze().unwrap();
    let frozen = clock::now();
    gate.open();
    let standby = wait::try_until(SOON, "the leader to step down", async || {
        let (_, text) = operator.get("/readyz");
        hold_ups.looked();
        if text == "ok: standby\n" { Ok(clock::now()) } else { Err(text) }
    });
    let standby = standby.await;
    server.thaw().unwrap();
    let standby = standby.unwrap();
    until_leading(operator).await;
    let calls = scene.calls_since(Mark::default());
    let renewal = calls.iter().rfind(|call| is_write(call) && call.staged < frozen);
    let led = since(renewal.expect("it has led").received, standby);
    let granted = hold_ups.grant(STEPPED_DOWN + PAUSE);
    assert!(led <= granted, "it led for {led:?}, where {granted:?} are right on this machine");
    let new = scene.until_renewed("crm-token", Some(&old)).await;
    assert_eq!(simulator.secrets(), [old, new], "it is not asked for again");
    scene.until_issued("crm").await;
}
