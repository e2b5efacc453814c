use std::time::Duration;

use super::*;
use connection_core::clock;

const ME: &str = "me";
const OTHER: &str = "other";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn lease(version: u64, holder: Option<&str>) -> ObservedLease {
    ObservedLease { version, holder: holder.map(Into::into), duration: Some(seconds(20)) }
}

/// Returns a candidate that read the Lease at `now`.
fn candidate(lease: Option<ObservedLease>, now: MonotonicInstant) -> Election {
    let mut election = Election::new(ME, LeaseTimings::OPERATOR);
    assert_eq!(election.tick(now), ElectionAction::Read, "the Lease is read before it is written");
    election.on_read(lease, now);
    election
}

/// Returns a candidate that became leader at `now`.
fn leader(now: MonotonicInstant) -> Election {
    let mut election = candidate(None, now);
    election.on_written(LeaseWrite::Create, lease(1, Some(ME)), now, now);
    assert_eq!(
        election.state(),
        LeaderState { until: Some(now + seconds(13)), acquisitions: 1, term: 1 }
    );
    election
}

#[test]
fn a_lease_is_written_only_when_it_is_free() {
    let now = clock::monotonic_now();
    let at = |after: u64| now + seconds(after);
    let held = || Some(lease(7, Some(OTHER)));
    let long = ObservedLease { duration: Some(seconds(60)), ..lease(7, Some(OTHER)) };
    let without_duration = ObservedLease { duration: None, ..lease(7, Some(OTHER)) };
    let cases = [
        ("no Lease", None, 0, ElectionAction::Write(LeaseWrite::Create)),
        ("a released Lease", Some(lease(7, None)), 0, ElectionAction::Write(LeaseWrite::Acquire)),
        ("another holder", held(), 0, ElectionAction::Wait(at(5))),
        ("another holder and no watch event for a period", held(), 5, ElectionAction::Read),
        ("another holder for almost the lease duration", held(), 19, ElectionAction::Read),
        (
            "another holder without a renewal for the lease duration",
            held(),
            20,
            ElectionAction::Write(LeaseWrite::Acquire),
        ),
        ("another holder with a longer duration", Some(long), 20, ElectionAction::Read),
        (
            "another holder that sets no duration",
            Some(without_duration),
            20,
            ElectionAction::Write(LeaseWrite::Acquire),
        ),
    ];
    for (claim, lease, after, expected) in cases {
        assert_eq!(candidate(lease, now).tick(at(after)), expected, "{claim}");
    }
}

#[test]
fn an_observed_renewal_restarts_the_wait_and_an_outdated_event_does_not() {
    let now = clock::monotonic_now();
    let mut election = candidate(Some(lease(7, Some(OTHER))), now);
    election.on_watch_event(lease(9, Some(OTHER)), now + seconds(15));
    assert_eq!(election.tick(now + seconds(20)), ElectionAction::Read);
    election.on_watch_event(lease(8, Some(OTHER)), now + seconds(34));
    election.on_watch_event(lease(9, Some(OTHER)), now + seconds(34));
    assert_eq!(election.tick(now + seconds(34)), ElectionAction::Wait(now + seconds(35)));
    assert_eq!(election.tick(now + seconds(35)), ElectionAction::Write(LeaseWrite::Acquire));
}

#[test]
fn a_leader_renews_every_period_and_leads_from_when_the_write_was_sent() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    assert_eq!(election.tick(now), ElectionAction::Wait(now + seconds(5)));
    assert_eq!(election.tick(now + seconds(5)), ElectionAction::Write(LeaseWrite::Renew));
    let (sent_at, received_at) = (now + seconds(5), now + seconds(8));
    election.on_written(LeaseWrite::Renew, lease(2, Some(ME)), sent_at, received_at);
    assert_eq!(
        election.state(),
        LeaderState { until: Some(now + seconds(18)), acquisitions: 1, term: 1 }
    );
    assert_eq!(election.tick(received_at), ElectionAction::Wait(now + seconds(10)));
}

#[test]
fn a_leader_that_cannot_renew_steps_down_before_the_lease_is_free() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    for after in [5, 7, 9, 11] {
        assert!(!matches!(election.tick(now + seconds(after)), ElectionAction::Wait(_)));
        election.on_call_failed(now + seconds(after));
        assert_eq!(
            election.tick(now + seconds(after)),
            ElectionAction::Wait(now + seconds(after + 2))
        );
        assert!(election.state().until.is_some());
    }
    election.on_call_failed(now + seconds(12));
    assert_eq!(election.tick(now + seconds(12)), ElectionAction::Wait(now + seconds(13)));
    assert_eq!(election.tick(now + seconds(13)), ElectionAction::Wait(now + seconds(14)));
    assert_eq!(election.state().until, None);
    assert!(LeaseTimings::OPERATOR.renew_deadline < LeaseTimings::OPERATOR.lease_duration);
}

#[test]
fn a_suspended_leader_steps_down_and_reads_before_it_writes() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    assert_eq!(election.tick(now + seconds(60)), ElectionAction::Read);
    assert_eq!(election.state().until, None);
    election.on_read(Some(lease(5, Some(OTHER))), now + seconds(60));
    assert_eq!(election.tick(now + seconds(60)), ElectionAction::Wait(now + seconds(65)));
}

#[test]
fn a_response_after_the_deadline_makes_no_leader() {
    let now = clock::monotonic_now();
    let mut election = candidate(None, now);
    election.on_written(LeaseWrite::Create, lease(1, Some(ME)), now, now + seconds(30));
    election.tick(now + seconds(30));
    assert_eq!(election.state().until, None);
}

#[test]
fn an_acquisition_starts_a_new_term_only_if_another_may_have_led() {
    let now = clock::monotonic_now();
    let mut alone = leader(now);
    let late = now + seconds(30);
    assert_eq!(alone.tick(late), ElectionAction::Read);
    alone.on_read(Some(lease(1, Some(ME))), late);
    assert_eq!(alone.tick(late), ElectionAction::Write(LeaseWrite::Renew));
    alone.on_written(LeaseWrite::Renew, lease(2, Some(ME)), late, late);
    assert_eq!(
        alone.state(),
        LeaderState { until: Some(late + seconds(13)), acquisitions: 2, term: 1 }
    );

    let mut after_another = leader(now);
    after_another.on_watch_event(lease(8, Some(OTHER)), late);
    after_another.on_watch_event(lease(9, None), late);
    assert_eq!(after_another.tick(late), ElectionAction::Write(LeaseWrite::Acquire));
    after_another.on_written(LeaseWrite::Acquire, lease(10, Some(ME)), late, late);
    assert_eq!((after_another.state().acquisitions, after_another.state().term), (2, 2));
}

#[test]
fn a_leader_whose_lease_another_acquired_steps_down_at_once() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    election.on_watch_event(lease(2, Some(OTHER)), now + seconds(1));
    assert_eq!(election.state().until, None);
    assert!(!election.holds());
}

#[test]
fn a_conflict_is_followed_by_a_read() {
    let now = clock::monotonic_now();
    let mut election = candidate(Some(lease(7, None)), now);
    election.on_conflict();
    assert_eq!(election.tick(now), ElectionAction::Read);
}

#[test]
fn a_deleted_lease_is_created_at_once_only_by_its_holder() {
    let now = clock::monotonic_now();
    let mut holder = leader(now);
    holder.on_deleted(2, now + seconds(1));
    assert_eq!(holder.tick(now + seconds(1)), ElectionAction::Write(LeaseWrite::Create));
    let mut other = candidate(Some(lease(1, Some(OTHER))), now);
    other.on_deleted(2, now + seconds(1));
    assert_eq!(other.tick(now + seconds(1)), ElectionAction::Wait(now + seconds(6)));
    assert_eq!(other.tick(now + seconds(20)), ElectionAction::Write(LeaseWrite::Create));
    // The deletion of an older Lease is ignored.
    let mut recreated = candidate(Some(lease(9, Some(OTHER))), now);
    recreated.on_deleted(8, now);
    assert_eq!(recreated.tick(now + seconds(20)), ElectionAction::Write(LeaseWrite::Acquire));
}
