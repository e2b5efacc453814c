//! Slow and endless endpoints: a typed reason, and no effect on other Connections.

use std::fs;
use std::time::Duration;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;

use crate::net::{CLIENT_SECRET, client_secret, furnish};
use crate::stage::{SOON, Scene, message};

/// The most that the operator's memory may grow by, KiB.
#[cfg(target_os = "linux")]
const GROWTH: u64 = 48 * 1024;

/// The largest resident size that a process had, KiB.
#[cfg(target_os = "linux")]
fn peak(id: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn endless_responses_use_no_memory_and_do_not_block_others() {
    let scene = Scene::with_own_operator("endless").await;
    furnish(&scene).await;
    let healthy = Simulator::start().unwrap();
    healthy.otherwise(Behavior::token().lifetime(6.0));
    scene.apply("healthy", client_secret(&healthy.token_endpoint())).await;
    scene.until_issued("healthy").await;
    let process = scene.stage.operator.process.id();
    let (before, renewals) = (peak(process), healthy.count());
    let second = Duration::from_secs(1);
    let faults = [
        ("huge", Behavior::huge(100_000_000), "ResponseInvalid", "exceeds 64 KiB"),
        ("endless", Behavior::endless(), "ResponseInvalid", "exceeds 64 KiB"),
        ("bomb", Behavior::gzip_bomb(100_000_000), "ResponseInvalid", ""),
        ("drip", Behavior::token().drip(second), "ProviderUnavailable", "in time"),
        ("late", Behavior::token().delay(second * 60), "ProviderUnavailable", "in time"),
        (
            "unopened",
            Behavior::close_before_headers(),
            "ProviderUnavailable",
            "closed the connection",
        ),
        (
            "unfinished",
            Behavior::close_after_headers(),
            "ProviderUnavailable",
            "closed the connection",
        ),
        ("cut", Behavior::token().truncated(10), "ProviderUnavailable", "closed the connection"),
    ];
    let mut simulators = Vec::new();
    for (name, behavior, ..) in &faults {
        let simulator = Simulator::start().unwrap();
        simulator.otherwise(behavior.clone());
        scene.apply(name, client_secret(&simulator.token_endpoint())).await;
        simulators.push(simulator);
    }
    for (name, _, reason, words) in faults {
        let failed = scene.until(name, "Ready", "False", reason).await;
        let text = message(&failed, "Ready");
        assert!(text.contains(words), "{name}: {text}");
    }
    assert!(healthy.wait_for(renewals + 2, SOON).await, "the healthy Connection is renewed");
    scene.until_issued("healthy").await;
    let growth = peak(process) - before;
    assert!(growth < GROWTH, "the operator grew by {growth} KiB");
    let secrets = [healthy.secrets(), vec![CLIENT_SECRET.to_owned()]].concat();
    scene.assert_no_leak(&secrets).await;
}
