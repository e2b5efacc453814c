use jiff::SignedDuration;

use super::*;
use crate::connection::error::Fault;
use crate::connection::facts::{Failure, HeldToken};
use crate::connection::reason::Reason;
use crate::connection::schedule::Life;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn now() -> Timestamp {
    at(1_000)
}

fn fault() -> Fault {
    Fault::on_change(Reason::InvalidSpec, "x")
}

/// A token that lives until 300 s after it is due.
fn token(due: i64, fit: Fit) -> Held {
    let life = Life { issued_at: at(due - 600), expires_at: at(due + 300) };
    Held::Token(HeldToken { life, due: at(due), fit })
}

fn new() -> Facts {
    Facts {
        activity: Activity::Active,
        spec: Spec::Valid,
        held: Held::Nothing,
        unsaved: false,
        unwritten: false,
        inputs: Inputs::Same,
        renewal: Renewal::NotAsked,
        failure: None,
        failure_beside: None,
        consent: None,
        finalizer: Finalizer::Right,
    }
}

fn healthy() -> Facts {
    Facts { held: token(1_500, Fit::Good), ..new() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn failed(retry_at: Option<i64>) -> Option<Failure> {
    Some(Failure { fault: fault(), retry_at: retry_at.map(at) })
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let rest = |second| Step::Rest(Wake::At(at(second)));
    let wait = Step::Rest(Wake::OnChange);
    let faulty = || Inputs::Faulty(fault());
    let cases = vec![
        ("a new connection asks for a token", new(), Step::Acquire),
        ("a received token is written down first", Facts { unwritten: true, ..new() }, Step::Write),
        (
            "a received token is written down even when suspended",
            Facts { unwritten: true, activity: Activity::Suspended, ..new() },
            Step::Write,
        ),
        (
            "a received token of a deleted connection is let go",
            Facts { unwritten: true, activity: Activity::Deleting, ..new() },
            wait,
        ),
        ("a healthy connection rests until its token is due", healthy(), rest(1_500)),
        ("a due token is renewed", Facts { held: token(1_000, Fit::Good), ..new() }, Step::Acquire),
        (
            "an expired token is renewed",
            Facts { held: token(400, Fit::Good), ..new() },
            Step::Acquire,
        ),
        (
            "a token for another request is replaced",
            Facts { held: token(1_500, Fit::Stale), ..new() },
            Step::Acquire,
        ),
        (
            "a misdressed Secret is dressed without a token request",
            Facts { held: token(1_500, Fit::Misdressed), ..new() },
            Step::Dress,
        ),
        (
            "a due token in a misdressed Secret is renewed, which dresses it",
            Facts { held: token(900, Fit::Misdressed), ..new() },
            Step::Acquire,
        ),
        (
            "moved inputs are read before a token is requested",
            Facts { inputs: Inputs::Moved, ..healthy() },
            Step::Read,
        ),
        (
            "moved inputs of a due token need no comparison",
            Facts { inputs: Inputs::Moved, held: token(900, Fit::Good), ..new() },
            Step::Acquire,
        ),
        (
            "changed inputs bring a new token",
            Facts { inputs: Inputs::Changed, ..healthy() },
            Step::Acquire,
        ),
        ("faulty inputs are waited for", Facts { inputs: faulty(), ..new() }, wait),
        (
            "faulty inputs are waited for until the token expires",
            Facts { inputs: faulty(), ..healthy() },
            rest(1_800),
        ),
        (
            "nothing is asked for while no Secret may be seen",
            Facts { inputs: Inputs::Unknown(fault()), ..new() },
            wait,
        ),
        (
            "an asked renewal brings a new token",
            Facts { renewal: Renewal::Asked, ..healthy() },
            Step::Acquire,
        ),
        ("an invalid spec is waited for", Facts { spec: Spec::Invalid(fault()), ..new() }, wait),
        (
            "an invalid spec keeps the last good token",
            Facts { spec: Spec::Invalid(fault()), ..healthy() },
            rest(1_800),
        ),
        ("a foreign Secret is left alone", Facts { held: Held::Foreign, ..new() }, wait),
        ("a suspended connection rests", Facts { activity: Activity::Suspended, ..new() }, wait),
        (
            "a suspended connection with a due token wakes when it expires",
            Facts { activity: Activity::Suspended, held: token(900, Fit::Good), ..new() },
            rest(1_200),
        ),
        ("a deleted connection rests", Facts { activity: Activity::Deleting, ..new() }, wait),
        (
            "a failure rests until its retry",
            Facts { failure: failed(Some(1_030)), ..new() },
            rest(1_030),
        ),
        (
            "a failure is tried again when its time has come",
            Facts { failure: failed(Some(1_000)), ..new() },
            Step::Acquire,
        ),
        ("a failure that waits for a change waits", Facts { failure: failed(None), ..new() }, wait),
        (
            "a failing renewal wakes when the token expires",
            Facts { failure: failed(Some(2_000)), held: token(900, Fit::Good), ..new() },
            rest(1_200),
        ),
        (
            "a failure to write down is tried again at its time",
            Facts { failure: failed(Some(1_030)), unwritten: true, ..new() },
            rest(1_030),
        ),
        (
            "a failure of a token that is not due changes nothing",
            Facts { failure: failed(Some(1_030)), ..healthy() },
            rest(1_500),
        ),
    ];
    for (claim, facts, expected) in cases {
        assert_eq!(next(&facts, now()), expected, "{claim}");
    }
}

/// Performs a step as a cooperative world would.
fn perform(step: Step, mut facts: Facts) -> Facts {
    match step {
        Step::Acquire => {
            facts = Facts {
                unwritten: true,
                renewal: Renewal::NotAsked,
                inputs: Inputs::Same,
                failure: None,
                ..facts
            };
        }
        Step::Write => {
            facts =
                Facts { unwritten: false, held: token(2_000, Fit::Good), failure: None, ..facts }
        }
        Step::Dress => facts.held = token(1_500, Fit::Good),
        Step::Read => facts.inputs = Inputs::Same,
        Step::Rest(_) => {}
        step => panic!("{step:?} belongs to the flow that needs consent"),
    }
    facts
}

/// Every combination of facts.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    let helds = [
        Held::Nothing,
        Held::Foreign,
        token(1_500, Fit::Good),
        token(1_500, Fit::Misdressed),
        token(1_500, Fit::Stale),
        token(900, Fit::Good),
        token(400, Fit::Good),
    ];
    for activity in [Activity::Active, Activity::Deleting, Activity::Suspended] {
        for spec in [Spec::Valid, Spec::Invalid(fault())] {
            for held in &helds {
                for inputs in
                    [Inputs::Same, Inputs::Moved, Inputs::Changed, Inputs::Faulty(fault())]
                {
                    for unwritten in [false, true] {
                        for renewal in [Renewal::Asked, Renewal::NotAsked] {
                            for failure in
                                [None, failed(None), failed(Some(990)), failed(Some(1_030))]
                            {
                                all.push(Facts {
                                    activity,
                                    spec: spec.clone(),
                                    held: held.clone(),
                                    inputs: inputs.clone(),
                                    unwritten,
                                    renewal,
                                    failure,
                                    failure_beside: None,
                                    unsaved: false,
                                    consent: None,
                                    finalizer: Finalizer::Right,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_connection_settles_within_four_steps_and_never_wakes_at_once() {
    for start in all() {
        let mut facts = start.clone();
        let settled = (0..=4).any(|_| {
            let step = next(&facts, now());
            facts = perform(step, facts.clone());
            if let Step::Rest(Wake::At(time)) = step {
                assert!(
                    now() + SignedDuration::from_secs(1) <= time,
                    "{start:?} would wake at once"
                );
            }
            matches!(step, Step::Rest(_))
        });
        assert!(settled, "{start:?} never settles");
    }
}

#[test]
fn nothing_is_requested_for_a_connection_that_is_not_active_or_not_valid_or_not_ours() {
    for facts in all() {
        let quiet = facts.activity != Activity::Active
            || facts.spec != Spec::Valid
            || facts.held == Held::Foreign;
        if quiet {
            assert_ne!(next(&facts, now()), Step::Acquire, "{facts:?}");
        }
    }
}
