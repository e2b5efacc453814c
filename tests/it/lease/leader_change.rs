//! How the work passes from one operator to the other.

use connection_core::clock;
use rig::control_plane::Mark;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;

use super::pair::{Pair, SECOND, Side};
use super::timings::{AFTER_A_CRASH, AFTER_A_SHUTDOWN, assert_taken_over};
use crate::controller::lifecycle::jwt;
use crate::stage::{ACCOUNT, SOON};

/// The life of tokens that are renewed during the test, seconds: long enough for a hand-over.
const LIFETIME: f64 = 8.0;

/// A Connection whose tokens live for long, and one whose tokens are renewed all the time.
async fn connections(pair: &Pair) -> Simulator {
    let renewed = Simulator::start().unwrap();
    renewed.otherwise(Behavior::token().lifetime(LIFETIME));
    pair.scene.apply("kept", jwt(&pair.simulator)).await;
    pair.scene.apply("renewed", jwt(&renewed)).await;
    pair.scene.until_issued("kept").await;
    pair.scene.until_issued("renewed").await;
    renewed
}

/// Asserts that the new leader does the work, and that the healthy Connection costs nothing.
async fn assert_work_continues(pair: &Pair, renewed: &Simulator, leader_changes: usize) {
    let provider = Simulator::start().unwrap();
    pair.scene.apply("new", jwt(&provider)).await;
    pair.scene.until_issued("new").await;
    assert_eq!((provider.count(), pair.simulator.count()), (1, 1));
    let before = renewed.count();
    assert!(renewed.wait_for(before + 1, SOON).await, "tokens are renewed");
    // A refresh is due after more than half of the lifetime.
    let requests = renewed.requests();
    let gaps = requests.windows(2).map(|pair| pair[1].received.duration_since(pair[0].received));
    let early = gaps.filter(|gap| gap.as_secs_f64() < LIFETIME / 2.0).count();
    assert!(early <= leader_changes, "{early} requests more than are due: {requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_replaces_a_killed_leader_and_requests_no_token() {
    let pair = Pair::open("lease-killed").await;
    let renewed = connections(&pair).await;
    let writes: Vec<_> = pair.calls(SECOND, Mark::default());
    let writes = writes.iter().filter(|call| !["get", "list", "watch"].contains(&&*call.verb));
    assert_eq!(writes.count(), 0, "a standby writes nothing");
    let killed = clock::now();
    pair.first().process.kill();
    assert_taken_over(&pair, Side::Second, Some(killed), AFTER_A_CRASH).await;
    assert_work_continues(&pair, &renewed, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_shut_down_is_replaced_immediately() {
    let pair = Pair::open("lease-shutdown").await;
    let renewed = connections(&pair).await;
    let asked = clock::now();
    let ended = pair.first().process.terminate(SOON).await.unwrap();
    assert_taken_over(&pair, Side::Second, Some(asked), AFTER_A_SHUTDOWN).await;
    assert!(ended.success(), "{ended}");
    assert_work_continues(&pair, &renewed, 1).await;
    let verbs = pair.verbs_on_the_lease();
    assert_eq!(verbs, ["create", "get", "list", "update", "watch"].map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_flight_work_is_written_at_shutdown_before_the_lease_is_released() {
    let pair = Pair::open("lease-last-token").await;
    let gate = Gate::closed();
    pair.simulator.otherwise(Behavior::token().behind(&gate));
    pair.scene.apply("crm", jwt(&pair.simulator)).await;
    assert!(pair.simulator.wait_for(1, SOON).await, "the token is requested");
    // The signal is sent before the gate opens.
    let ended = pair.first().process.terminate(SOON);
    let (ended, ()) = tokio::join!(ended, async { gate.open() });
    let ended = ended.unwrap();
    assert_taken_over(&pair, Side::Second, None, AFTER_A_SHUTDOWN).await;
    assert!(ended.success(), "{ended}");
    let data = pair.scene.data("crm-token").await.expect("the token is written down");
    assert_eq!(pair.simulator.secrets(), [data["access_token"].clone()]);
    pair.scene.until_issued("crm").await;
    assert_eq!(pair.simulator.count(), 1, "it is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_resumes_too_late_becomes_a_standby() {
    let pair = Pair::open("lease-frozen").await;
    let renewed = connections(&pair).await;
    let before = renewed.count();
    let frozen = clock::now();
    pair.first().process.freeze().unwrap();
    assert_taken_over(&pair, Side::Second, Some(frozen), AFTER_A_CRASH).await;
    // What fell due while the first was frozen is done, once.
    assert!(renewed.wait_for(before + 1, SOON).await, "the token is renewed");
    let mark = pair.thaw_first().await;
    assert_work_continues(&pair, &renewed, 1).await;
    let calls = pair.calls(ACCOUNT, mark);
    let did: Vec<_> =
        calls.iter().filter(|call| !["get", "list", "watch"].contains(&&*call.verb)).collect();
    assert!(did.is_empty(), "{did:?}");
    // And back.
    let killed = clock::now();
    pair.second.process.kill();
    assert_taken_over(&pair, Side::First, Some(killed), AFTER_A_CRASH).await;
    assert_work_continues(&pair, &renewed, 2).await;
}
