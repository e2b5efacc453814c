//! How long there was no leader, by the API server's audit log: the time of the test's polls does not count.
//!
//! What a busy machine costs comes on top of what is promised. It is measured while it is waited:
//! three such hold-ups may lie between the last word of one leader and the first of the next, that
//! of the watch, that of a timer and that of a write.

use std::time::Duration;

use connection_core::clock::{self, MonotonicInstant};
use jiff::Timestamp;
use rig::control_plane::{AuditEvent, Mark};
use rig::wait;

use super::pair::{Pair, Side, assert_leading, is_leading};
use crate::stage::SOON;

/// How long there is no leader after a leader stopped renewing, and after one released the Lease.
pub const AFTER_A_CRASH: Duration = Duration::from_secs(22);
pub const AFTER_A_SHUTDOWN: Duration = Duration::from_secs(2);

/// The hold-ups of a hand-over.
const HOLD_UPS: u32 = 3;

/// The longest pause of a test between two looks.
pub const PAUSE: Duration = Duration::from_millis(250);

/// The longest that a look at the operator and at the API server was late.
pub struct HoldUps {
    looked: MonotonicInstant,
    longest: Duration,
}

impl HoldUps {
    pub fn watch() -> Self {
        Self { looked: clock::monotonic_now(), longest: Duration::ZERO }
    }

    /// Another look is over.
    pub fn looked(&mut self) {
        let now = clock::monotonic_now();
        self.longest = self.longest.max(now.since(self.looked).saturating_sub(PAUSE));
        self.looked = now;
    }

    /// What may be demanded where so much is promised.
    pub fn grant(&self, promised: Duration) -> Duration {
        promised + self.longest * HOLD_UPS
    }
}

/// Waits until one side leads after the other, which fell silent or was asked to go at a time, without
/// one when it wrote last, and demands that it did not take longer than is promised.
pub async fn assert_taken_over(
    pair: &Pair,
    by: Side,
    silent: Option<Timestamp>,
    promised: Duration,
) {
    let mut hold_ups = HoldUps::watch();
    let (from, to) = (by.other().account(), by.account());
    wait::until(SOON, "the operator leads", async || {
        let leads = is_leading(pair.operator(by));
        // The API server is as slow as the machine lets it be.
        pair.scene.connections().get_opt("none").await.map_err(|error| error.to_string())?;
        hold_ups.looked();
        leads
    })
    .await;
    assert_leading(pair.operator(by));
    // The record follows a moment after the answers, in their order.
    let (last, taken) = wait::until(SOON, "the record of the first write", async || {
        let last = writes(pair, from).pop().map(|item| item.received).expect("it has led");
        let first = writes(pair, to).into_iter().map(|write| write.received).find(|at| *at > last);
        first.map(|first| (last, first)).ok_or_else(|| "none".to_owned())
    })
    .await;
    let took = since(silent.unwrap_or(last), taken);
    let granted = hold_ups.grant(promised);
    let record = [from, to].map(|account| record(pair, account));
    assert!(
        took <= granted,
        "no leader for {took:?}, at most {promised:?} are promised ({granted:?} on this machine): {record:#?}"
    );
}

/// The time from one to the other.
pub fn since(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// What an account asked about the Lease, for who wonders.
fn record(pair: &Pair, account: &str) -> Vec<String> {
    let mut calls = pair.calls(account, Mark::default());
    calls.retain(|call| call.resource == "leases");
    let line = |audit_event: &AuditEvent| {
        let AuditEvent { verb, code, received, staged, stage, .. } = audit_event;
        format!("{verb} {code} {received} {staged} {stage}")
    };
    calls.iter().map(line).collect()
}

/// What an account wrote to the Lease, and the API server accepted.
fn writes(pair: &Pair, account: &str) -> Vec<AuditEvent> {
    let mut calls = pair.calls(account, Mark::default());
    calls.retain(is_write);
    calls
}

/// Whether it is a write to the Lease that was accepted.
pub fn is_write(event: &AuditEvent) -> bool {
    event.resource == "leases"
        && ["create", "update"].contains(&&*event.verb)
        && (200..300).contains(&event.code)
}
