use jiff::SignedDuration;

use super::*;
use crate::connection::error::ConnectionError;
use crate::connection::facts::StoredToken;
use crate::connection::failure_record::FailureRecord;
use crate::connection::reason::Reason;
use crate::connection::schedule::TokenLifetime;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn now() -> Timestamp {
    at(1_000)
}

fn fault() -> ConnectionError {
    ConnectionError::on_change(Reason::InvalidSpec, "x")
}

/// A token that lives until 300 s after it is due.
fn token(due: i64, fit: TokenMatch) -> TokenSecretState {
    let life = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { life, due: at(due), fit })
}

fn new() -> Facts {
    Facts {
        activity: Activity::Active,
        spec: SpecState::Valid,
        held: TokenSecretState::Absent,
        unsaved: false,
        unwritten: false,
        inputs: InputState::Unchanged,
        renewal: RenewalState::None,
        failure: None,
        side_failure: None,
        consent: None,
        finalizer: FinalizerState::UpToDate,
    }
}

fn healthy() -> Facts {
    Facts { held: token(1_500, TokenMatch::UpToDate), ..new() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn failed(retry_at: Option<i64>) -> Option<FailureRecord> {
    Some(FailureRecord { error: fault(), attempts: 1, retry_at: retry_at.map(at), basis: None })
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let rest = |second| Step::Wait(Requeue::At(at(second)));
    let wait = Step::Wait(Requeue::OnChange);
    let faulty = || InputState::Unusable(fault());
    let cases = vec![
        ("a new connection asks for a token", new(), Step::RequestToken),
        (
            "a received token is written down first",
            Facts { unwritten: true, ..new() },
            Step::WriteToken,
        ),
        (
            "a received token is written down even when suspended",
            Facts { unwritten: true, activity: Activity::Suspended, ..new() },
            Step::WriteToken,
        ),
        (
            "a received token of a deleted connection is let go",
            Facts { unwritten: true, activity: Activity::Deleting, ..new() },
            wait,
        ),
        ("a healthy connection rests until its token is due", healthy(), rest(1_500)),
        (
            "a due token is renewed",
            Facts { held: token(1_000, TokenMatch::UpToDate), ..new() },
            Step::RequestToken,
        ),
        (
            "an expired token is renewed",
            Facts { held: token(400, TokenMatch::UpToDate), ..new() },
            Step::RequestToken,
        ),
        (
            "a token for another request is replaced",
            Facts { held: token(1_500, TokenMatch::Outdated), ..new() },
            Step::RequestToken,
        ),
        (
            "a misdressed Secret is dressed without a token request",
            Facts { held: token(1_500, TokenMatch::MetadataOutdated), ..new() },
            Step::ApplySecretMetadata,
        ),
        (
            "a due token in a misdressed Secret is renewed, which dresses it",
            Facts { held: token(900, TokenMatch::MetadataOutdated), ..new() },
            Step::RequestToken,
        ),
        (
            "moved inputs are read before a token is requested",
            Facts { inputs: InputState::VersionChanged, ..healthy() },
            Step::CompareInputs,
        ),
        (
            "moved inputs of a due token need no comparison",
            Facts {
                inputs: InputState::VersionChanged,
                held: token(900, TokenMatch::UpToDate),
                ..new()
            },
            Step::RequestToken,
        ),
        (
            "changed inputs bring a new token",
            Facts { inputs: InputState::Changed, ..healthy() },
            Step::RequestToken,
        ),
        ("faulty inputs are waited for", Facts { inputs: faulty(), ..new() }, wait),
        (
            "faulty inputs are waited for until the token expires",
            Facts { inputs: faulty(), ..healthy() },
            rest(1_800),
        ),
        (
            "nothing is asked for while no Secret may be seen",
            Facts { inputs: InputState::Inaccessible(fault()), ..new() },
            wait,
        ),
        (
            "an asked renewal brings a new token",
            Facts { renewal: RenewalState::Requested, ..healthy() },
            Step::RequestToken,
        ),
        (
            "an invalid spec is waited for",
            Facts { spec: SpecState::Invalid(fault()), ..new() },
            wait,
        ),
        (
            "an invalid spec keeps the last good token",
            Facts { spec: SpecState::Invalid(fault()), ..healthy() },
            rest(1_800),
        ),
        (
            "a foreign Secret is left alone",
            Facts { held: TokenSecretState::NotOwned, ..new() },
            wait,
        ),
        ("a suspended connection rests", Facts { activity: Activity::Suspended, ..new() }, wait),
        (
            "a suspended connection with a due token wakes when it expires",
            Facts {
                activity: Activity::Suspended,
                held: token(900, TokenMatch::UpToDate),
                ..new()
            },
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
            Step::RequestToken,
        ),
        ("a failure that waits for a change waits", Facts { failure: failed(None), ..new() }, wait),
        (
            "a failing renewal wakes when the token expires",
            Facts { failure: failed(Some(2_000)), held: token(900, TokenMatch::UpToDate), ..new() },
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
        Step::RequestToken => {
            facts = Facts {
                unwritten: true,
                renewal: RenewalState::None,
                inputs: InputState::Unchanged,
                failure: None,
                ..facts
            };
        }
        Step::WriteToken => {
            facts = Facts {
                unwritten: false,
                held: token(2_000, TokenMatch::UpToDate),
                failure: None,
                ..facts
            }
        }
        Step::ApplySecretMetadata => facts.held = token(1_500, TokenMatch::UpToDate),
        Step::CompareInputs => facts.inputs = InputState::Unchanged,
        Step::Wait(_) => {}
        step => panic!("{step:?} belongs to the flow that needs consent"),
    }
    facts
}

/// Every combination of facts.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    let helds = [
        TokenSecretState::Absent,
        TokenSecretState::NotOwned,
        token(1_500, TokenMatch::UpToDate),
        token(1_500, TokenMatch::MetadataOutdated),
        token(1_500, TokenMatch::Outdated),
        token(900, TokenMatch::UpToDate),
        token(400, TokenMatch::UpToDate),
    ];
    for activity in [Activity::Active, Activity::Deleting, Activity::Suspended] {
        for spec in [SpecState::Valid, SpecState::Invalid(fault())] {
            for held in &helds {
                for inputs in [
                    InputState::Unchanged,
                    InputState::VersionChanged,
                    InputState::Changed,
                    InputState::Unusable(fault()),
                ] {
                    for unwritten in [false, true] {
                        for renewal in [RenewalState::Requested, RenewalState::None] {
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
                                    side_failure: None,
                                    unsaved: false,
                                    consent: None,
                                    finalizer: FinalizerState::UpToDate,
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
            if let Step::Wait(Requeue::At(time)) = step {
                assert!(
                    now() + SignedDuration::from_secs(1) <= time,
                    "{start:?} would wake at once"
                );
            }
            matches!(step, Step::Wait(_))
        });
        assert!(settled, "{start:?} never settles");
    }
}

#[test]
fn nothing_is_requested_for_a_connection_that_is_not_active_or_not_valid_or_not_ours() {
    for facts in all() {
        let quiet = facts.activity != Activity::Active
            || facts.spec != SpecState::Valid
            || facts.held == TokenSecretState::NotOwned;
        if quiet {
            assert_ne!(next(&facts, now()), Step::RequestToken, "{facts:?}");
        }
    }
}
