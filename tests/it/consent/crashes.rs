//! An operator that is killed or stopped in the middle of a refresh: the refresh token is lost at no
//! point at which the provider gives a second chance, and sent once where there is none.

use std::time::Duration;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;
use rig::simulator::grants::presentation::{Kind, Verdict};
use rig::simulator::grants::settings::Rotation;
use rig::simulator::matcher::Matcher;

use crate::consent::user::{authorized, mail, provider};
use crate::stage::{SOON, Scene, condition};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

/// A grant whose refresh has reached the provider, which has rotated the token and responds when the
/// gate is open; and the access token that it is to replace.
async fn refreshing(prefix: &str, grace: Duration) -> (Scene, Simulator, String, Gate) {
    let scene = Scene::with_own_operator(prefix).await;
    let simulator = provider(&scene).await;
    simulator.change_grants(|settings| settings.rotating(Rotation::Always { grace }));
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    let gate = Gate::closed();
    simulator.script(Matcher::path("/token").times(1), Behavior::token().behind(&gate));
    let sent = simulator.count();
    scene.annotate("mail", RENEW_AT, "1").await;
    assert!(simulator.wait_for(sent + 1, SOON).await, "the refresh token is sent");
    (scene, simulator, token, gate)
}

fn verdicts(simulator: &Simulator) -> Vec<Verdict> {
    let all = simulator.presentations();
    let refreshes = all.iter().filter(|item| item.kind == Kind::RefreshToken);
    refreshes.map(|refresh| refresh.verdict).collect()
}

async fn assert_last_token_is_saved(scene: &Scene, simulator: &Simulator) {
    let grant = scene.data("mail-grant").await.expect("the grant Secret is there");
    let family = &simulator.families()[0];
    assert_eq!(grant.get("refresh_token"), family.refresh_tokens.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_during_a_refresh_the_token_is_presented_again_within_the_grace_period() {
    let (mut scene, simulator, token, _gate) =
        refreshing("crash-grace", Duration::from_hours(1)).await;
    scene.stage.operator.process.kill();
    scene.start_operator().await;
    scene.until_renewed("mail-token", Some(&token)).await;
    scene.until_issued("mail").await;
    assert_eq!(verdicts(&simulator), [Verdict::Accepted, Verdict::WithinGrace]);
    assert_last_token_is_saved(&scene, &simulator).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_during_a_refresh_without_a_grace_period_consent_is_required() {
    let (mut scene, simulator, ..) = refreshing("crash-strict", Duration::ZERO).await;
    scene.stage.operator.process.kill();
    scene.start_operator().await;
    let connection = scene.until("mail", "Authorized", "False", "GrantExpired").await;
    assert_eq!(condition(&connection, "Ready").0, "True", "the old token lives on");
    assert_eq!(verdicts(&simulator).len(), 2, "the one whose answer was lost, and one more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_during_a_refresh_waits_for_the_response_and_saves_it() {
    let (mut scene, simulator, token, gate) = refreshing("crash-stop", Duration::ZERO).await;
    // The signal is sent before the gate opens.
    let stopped = scene.stage.operator.process.terminate(SOON);
    let (stopped, ()) = tokio::join!(stopped, async { gate.open() });
    let stopped = stopped.expect("the operator exits");
    assert!(stopped.success(), "{stopped}");
    assert_last_token_is_saved(&scene, &simulator).await;
    scene.start_operator().await;
    scene.until_renewed("mail-token", Some(&token)).await;
    scene.until_issued("mail").await;
    assert_eq!(verdicts(&simulator), [Verdict::Accepted], "nothing is sent for a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_takes_longer_than_the_token_lifetime_is_awaited() {
    let scene = Scene::with_own_operator("crash-late").await;
    let simulator = provider(&scene).await;
    simulator.script(Matcher::path("/token").times(1), Behavior::token().lifetime(40.0));
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    let late = Behavior::token().delay(Duration::from_secs(5));
    simulator.script(Matcher::path("/token").times(1), late);
    scene.annotate("mail", RENEW_AT, "1").await;
    scene.until_renewed("mail-token", Some(&token)).await;
    assert_eq!(verdicts(&simulator), [Verdict::Accepted], "sent once");
}
