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

/// A candidate that has read the Lease at `now`.
fn candidate(seen: Option<ObservedLease>, now: MonotonicInstant) -> Election {
    let mut election = Election::new(ME, LeaseTimings::OPERATOR);
    assert_eq!(election.next(now), Action::Read, "nothing is written before something is known");
    election.read(seen, now);
    election
}

/// A candidate that leads since `now`.
fn leader(now: MonotonicInstant) -> Election {
    let mut election = candidate(None, now);
    election.on_written(LeaseWrite::Create, lease(1, Some(ME)), now, now);
    assert_eq!(
        election.standing(),
        LeaderState { until: Some(now + seconds(13)), spell: 1, term: 1 }
    );
    election
}

#[test]
fn a_lease_is_written_when_it_is_free_and_at_no_other_time() {
    let now = clock::monotonic_now();
    let at = |after: u64| now + seconds(after);
    let held = || Some(lease(7, Some(OTHER)));
    let long = ObservedLease { duration: Some(seconds(60)), ..lease(7, Some(OTHER)) };
    let wordless = ObservedLease { duration: None, ..lease(7, Some(OTHER)) };
    let cases = [
        ("there is none", None, 0, Action::Write(LeaseWrite::Create)),
        ("it was released", Some(lease(7, None)), 0, Action::Write(LeaseWrite::Acquire)),
        ("another has it", held(), 0, Action::Wait(at(5))),
        ("another has it and the watch is silent", held(), 5, Action::Read),
        ("another has had it for almost its duration", held(), 19, Action::Read),
        (
            "another did not renew it for its duration",
            held(),
            20,
            Action::Write(LeaseWrite::Acquire),
        ),
        ("its holder asked for longer", Some(long), 20, Action::Read),
        (
            "its holder did not say for how long",
            Some(wordless),
            20,
            Action::Write(LeaseWrite::Acquire),
        ),
    ];
    for (claim, seen, after, expected) in cases {
        assert_eq!(candidate(seen, now).next(at(after)), expected, "{claim}");
    }
}

#[test]
fn a_renewal_that_is_seen_starts_the_wait_anew_and_an_old_one_told_late_does_not() {
    let now = clock::monotonic_now();
    let mut election = candidate(Some(lease(7, Some(OTHER))), now);
    election.on_watch_event(lease(9, Some(OTHER)), now + seconds(15));
    assert_eq!(election.next(now + seconds(20)), Action::Read);
    election.on_watch_event(lease(8, Some(OTHER)), now + seconds(34));
    election.on_watch_event(lease(9, Some(OTHER)), now + seconds(34));
    assert_eq!(election.next(now + seconds(34)), Action::Wait(now + seconds(35)));
    assert_eq!(election.next(now + seconds(35)), Action::Write(LeaseWrite::Acquire));
}

#[test]
fn a_leader_renews_in_time_and_counts_from_when_it_asked() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    assert_eq!(election.next(now), Action::Wait(now + seconds(5)));
    assert_eq!(election.next(now + seconds(5)), Action::Write(LeaseWrite::Renew));
    let (asked, answered) = (now + seconds(5), now + seconds(8));
    election.on_written(LeaseWrite::Renew, lease(2, Some(ME)), asked, answered);
    assert_eq!(
        election.standing(),
        LeaderState { until: Some(now + seconds(18)), spell: 1, term: 1 }
    );
    assert_eq!(election.next(answered), Action::Wait(now + seconds(10)));
}

#[test]
fn a_leader_that_cannot_renew_steps_down_before_anybody_may_take_the_lease() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    for after in [5, 7, 9, 11] {
        assert!(!matches!(election.next(now + seconds(after)), Action::Wait(_)));
        election.on_call_failed(now + seconds(after));
        assert_eq!(election.next(now + seconds(after)), Action::Wait(now + seconds(after + 2)));
        assert!(election.standing().until.is_some());
    }
    election.on_call_failed(now + seconds(12));
    assert_eq!(election.next(now + seconds(12)), Action::Wait(now + seconds(13)));
    assert_eq!(election.next(now + seconds(13)), Action::Wait(now + seconds(14)));
    assert_eq!(election.standing().until, None);
    assert!(LeaseTimings::OPERATOR.renew_deadline < LeaseTimings::OPERATOR.duration);
}

#[test]
fn who_wakes_up_late_does_not_lead_and_reads_before_it_writes() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    assert_eq!(election.next(now + seconds(60)), Action::Read);
    assert_eq!(election.standing().until, None);
    election.read(Some(lease(5, Some(OTHER))), now + seconds(60));
    assert_eq!(election.next(now + seconds(60)), Action::Wait(now + seconds(65)));
}

#[test]
fn an_answer_that_comes_after_the_deadline_makes_no_leader() {
    let now = clock::monotonic_now();
    let mut election = candidate(None, now);
    election.on_written(LeaseWrite::Create, lease(1, Some(ME)), now, now + seconds(30));
    election.next(now + seconds(30));
    assert_eq!(election.standing().until, None);
}

#[test]
fn a_new_spell_is_a_new_term_only_where_another_may_have_led() {
    let now = clock::monotonic_now();
    let mut alone = leader(now);
    let late = now + seconds(30);
    assert_eq!(alone.next(late), Action::Read);
    alone.read(Some(lease(1, Some(ME))), late);
    assert_eq!(alone.next(late), Action::Write(LeaseWrite::Renew));
    alone.on_written(LeaseWrite::Renew, lease(2, Some(ME)), late, late);
    assert_eq!(
        alone.standing(),
        LeaderState { until: Some(late + seconds(13)), spell: 2, term: 1 }
    );

    let mut after_another = leader(now);
    after_another.on_watch_event(lease(8, Some(OTHER)), late);
    after_another.on_watch_event(lease(9, None), late);
    assert_eq!(after_another.next(late), Action::Write(LeaseWrite::Acquire));
    after_another.on_written(LeaseWrite::Acquire, lease(10, Some(ME)), late, late);
    assert_eq!((after_another.standing().spell, after_another.standing().term), (2, 2));
}

#[test]
fn a_leader_whose_lease_was_taken_by_force_steps_down_at_once() {
    let now = clock::monotonic_now();
    let mut election = leader(now);
    election.on_watch_event(lease(2, Some(OTHER)), now + seconds(1));
    assert_eq!(election.standing().until, None);
    assert!(!election.holds());
}

#[test]
fn a_write_that_was_refused_is_followed_by_a_look() {
    let now = clock::monotonic_now();
    let mut election = candidate(Some(lease(7, None)), now);
    election.on_conflict();
    assert_eq!(election.next(now), Action::Read);
}

#[test]
fn a_deleted_lease_is_made_anew_by_its_holder_and_left_to_it_by_others() {
    let now = clock::monotonic_now();
    let mut holder = leader(now);
    holder.on_deleted(2, now + seconds(1));
    assert_eq!(holder.next(now + seconds(1)), Action::Write(LeaseWrite::Create));
    let mut other = candidate(Some(lease(1, Some(OTHER))), now);
    other.on_deleted(2, now + seconds(1));
    assert_eq!(other.next(now + seconds(1)), Action::Wait(now + seconds(6)));
    assert_eq!(other.next(now + seconds(20)), Action::Write(LeaseWrite::Create));
    // The deletion of an older one.
    let mut anew = candidate(Some(lease(9, Some(OTHER))), now);
    anew.on_deleted(8, now);
    assert_eq!(anew.next(now + seconds(20)), Action::Write(LeaseWrite::Acquire));
}
