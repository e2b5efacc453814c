//! A leader that loses the API server.

use std::time::Duration;

use connection_core::clock;
use rig::control_plane::Mark;
use rig::simulator::Simulator;
use rig::simulator::behaviour::Behaviour;
use rig::simulator::matcher::Matcher;
use rig::wait;

use super::pair::until_leading;
use super::times::{HoldUps, PAUSE, is_write, since};
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{SOON, Scene};

/// How long a leader acts after the last renewal that succeeded.
const STEPPED_DOWN: Duration = Duration::from_secs(13);

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_lease_and_gets_it_back_still_has_the_token_that_it_could_not_write() {
    let scene = Scene::with_candidate_and_own_plane("lease-outage").await;
    put_keystore(&scene).await;
    let simulator = Simulator::start().unwrap();
    simulator.script(Matcher::next(1), Behaviour::token().lifetime(6.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;
    let server = scene.stage.plane.api_server();
    let operator = &scene.stage.operator;
    let mut hold_ups = HoldUps::watch();
    server.freeze().unwrap();
    let frozen = clock::now();
    let standby = wait::try_until(SOON, "the leader to step down", async || {
        let (_, text) = operator.get("/readyz");
        hold_ups.looked();
        if text == "ok: standby\n" { Ok(clock::now()) } else { Err(text) }
    });
    let (asked, standby) = tokio::join!(simulator.wait_for(2, SOON), standby);
    server.thaw().unwrap();
    assert!(asked, "the token is renewed all the same");
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
