//! A leader that loses the API server.

use std::time::Duration;

use rig::simulator::Simulator;
use rig::simulator::behaviour::Behaviour;
use rig::simulator::matcher::Matcher;
use rig::wait;

use super::pair::until_leading;
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{SOON, Scene};

/// After which a leader that cannot renew its lease has stepped down, and some.
const STEPPED_DOWN: Duration = Duration::from_secs(15);

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
    server.freeze().unwrap();
    let asked = simulator.wait_for(2, SOON).await;
    let standby = wait::try_until(STEPPED_DOWN, "the leader to step down", async || {
        let (_, text) = operator.get("/readyz");
        if text == "ok: standby\n" { Ok(()) } else { Err(text) }
    })
    .await;
    server.thaw().unwrap();
    assert!(asked, "the token is renewed all the same");
    standby.unwrap();
    until_leading(operator, SOON).await;
    let new = scene.until_renewed("crm-token", Some(&old)).await;
    assert_eq!(simulator.secrets(), [old, new], "it is not asked for again");
    scene.until_issued("crm").await;
}
