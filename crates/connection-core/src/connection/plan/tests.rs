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

fn error() -> ConnectionError {
    ConnectionError::on_change(Reason::InvalidSpec, "x")
}

/// A token that expires 300 s after it is due.
fn token(due: i64, matches: TokenMatch) -> TokenSecretState {
    let lifetime = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { lifetime, due: at(due), matches })
}

fn new() -> Facts {
    Facts {
        activity: Activity::Active,
        spec: SpecState::Valid,
        token_secret_name: "crm-token".to_owned(),
        token_secret: TokenSecretState::Absent,
        unsaved: false,
        unwritten: false,
        inputs: InputState::Unchanged,
        renewal: RenewalState::None,
        failure: None,
        side_failure: None,
        grant: None,
        finalizer: FinalizerState::UpToDate,
    }
}

fn healthy() -> Facts {
    Facts { token_secret: token(1_500, TokenMatch::UpToDate), ..new() }
}

#[expect(clippy::unnecessary_wraps, reason = "the callers need an option")]
fn failed(retry_at: Option<i64>) -> Option<FailureRecord> {
    Some(FailureRecord { error: error(), attempts: 1, retry_at: retry_at.map(at), basis: None })
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let until = |second| Step::Wait(Requeue::At(at(second)));
    let wait = Step::Wait(Requeue::OnChange);
    let unusable = || InputState::Unusable(error());
    let cases = vec![
        ("the first token is requested", new(), Step::RequestToken),
        ("a received token is written first", Facts { unwritten: true, ..new() }, Step::WriteToken),
        (
            "a received token is written even if suspended",
            Facts { unwritten: true, activity: Activity::Suspended, ..new() },
            Step::WriteToken,
        ),
        (
            "a received token of a deleted Connection is dropped",
            Facts { unwritten: true, activity: Activity::Deleting, ..new() },
            wait,
        ),
        ("a healthy connection waits until its token is due", healthy(), until(1_500)),
        (
            "a due token is renewed",
            Facts { token_secret: token(1_000, TokenMatch::UpToDate), ..new() },
            Step::RequestToken,
        ),
        (
            "an expired token is renewed",
            Facts { token_secret: token(400, TokenMatch::UpToDate), ..new() },
            Step::RequestToken,
        ),
        (
            "a token for another request is replaced",
            Facts { token_secret: token(1_500, TokenMatch::Outdated), ..new() },
            Step::RequestToken,
        ),
        (
            "outdated metadata is applied without a token request",
            Facts { token_secret: token(1_500, TokenMatch::MetadataOutdated), ..new() },
            Step::ApplySecretMetadata,
        ),
        (
            "a due token with outdated metadata is renewed",
            Facts { token_secret: token(900, TokenMatch::MetadataOutdated), ..new() },
            Step::RequestToken,
        ),
        (
            "inputs with another version are compared before a token is requested",
            Facts { inputs: InputState::VersionChanged, ..healthy() },
            Step::CompareInputs,
        ),
        (
            "inputs with another version are not compared if the token is due",
            Facts {
                inputs: InputState::VersionChanged,
                token_secret: token(900, TokenMatch::UpToDate),
                ..new()
            },
            Step::RequestToken,
        ),
        (
            "changed inputs require a new token",
            Facts { inputs: InputState::Changed, ..healthy() },
            Step::RequestToken,
        ),
        ("unusable inputs are waited for", Facts { inputs: unusable(), ..new() }, wait),
        (
            "unusable inputs are waited for until the token expires",
            Facts { inputs: unusable(), ..healthy() },
            until(1_800),
        ),
        (
            "nothing is requested without access to Secrets",
            Facts { inputs: InputState::Inaccessible(error()), ..new() },
            wait,
        ),
        (
            "a requested renewal requires a new token",
            Facts { renewal: RenewalState::Requested, ..healthy() },
            Step::RequestToken,
        ),
        (
            "an invalid spec is waited for",
            Facts { spec: SpecState::Invalid(error()), ..new() },
            wait,
        ),
        (
            "an invalid spec is waited for until the token expires",
            Facts { spec: SpecState::Invalid(error()), ..healthy() },
            until(1_800),
        ),
        (
            "a Secret that is not owned is not changed",
            Facts { token_secret: TokenSecretState::NotOwned, ..new() },
            wait,
        ),
        ("a suspended connection waits", Facts { activity: Activity::Suspended, ..new() }, wait),
        (
            "a suspended connection is requeued when its token expires",
            Facts {
                activity: Activity::Suspended,
                token_secret: token(900, TokenMatch::UpToDate),
                ..new()
            },
            until(1_200),
        ),
        ("a deleted connection waits", Facts { activity: Activity::Deleting, ..new() }, wait),
        (
            "a failed step waits until its retry time",
            Facts { failure: failed(Some(1_030)), ..new() },
            until(1_030),
        ),
        (
            "a failed step is retried at its retry time",
            Facts { failure: failed(Some(1_000)), ..new() },
            Step::RequestToken,
        ),
        ("a terminal failure waits for a change", Facts { failure: failed(None), ..new() }, wait),
        (
            "a failing renewal is requeued when the token expires",
            Facts {
                failure: failed(Some(2_000)),
                token_secret: token(900, TokenMatch::UpToDate),
                ..new()
            },
            until(1_200),
        ),
        (
            "a failed write is retried at its retry time",
            Facts { failure: failed(Some(1_030)), unwritten: true, ..new() },
            until(1_030),
        ),
        (
            "a failure is ignored while the token is not due",
            Facts { failure: failed(Some(1_030)), ..healthy() },
            until(1_500),
        ),
    ];
    for (case, facts, expected) in cases {
        assert_eq!(next(&facts, now()), expected, "{case}");
    }
}

/// Returns the facts after a step that succeeds.
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
                token_secret: token(2_000, TokenMatch::UpToDate),
                failure: None,
                ..facts
            }
        }
        Step::ApplySecretMetadata => facts.token_secret = token(1_500, TokenMatch::UpToDate),
        Step::CompareInputs => facts.inputs = InputState::Unchanged,
        Step::Wait(_) => {}
        step => panic!("{step:?} belongs to the Authorization Code flow"),
    }
    facts
}

/// Returns all combinations of facts.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    let token_secrets = [
        TokenSecretState::Absent,
        TokenSecretState::NotOwned,
        token(1_500, TokenMatch::UpToDate),
        token(1_500, TokenMatch::MetadataOutdated),
        token(1_500, TokenMatch::Outdated),
        token(900, TokenMatch::UpToDate),
        token(400, TokenMatch::UpToDate),
    ];
    for activity in [Activity::Active, Activity::Deleting, Activity::Suspended] {
        for spec in [SpecState::Valid, SpecState::Invalid(error())] {
            for token_secret in &token_secrets {
                for inputs in [
                    InputState::Unchanged,
                    InputState::VersionChanged,
                    InputState::Changed,
                    InputState::Unusable(error()),
                ] {
                    for unwritten in [false, true] {
                        for renewal in [RenewalState::Requested, RenewalState::None] {
                            for failure in
                                [None, failed(None), failed(Some(990)), failed(Some(1_030))]
                            {
                                all.push(Facts {
                                    activity,
                                    spec: spec.clone(),
                                    token_secret_name: String::new(),
                                    token_secret: token_secret.clone(),
                                    inputs: inputs.clone(),
                                    unwritten,
                                    renewal,
                                    failure,
                                    side_failure: None,
                                    unsaved: false,
                                    grant: None,
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
fn every_connection_settles_within_four_steps_and_is_not_requeued_within_a_second() {
    for start in all() {
        let mut facts = start.clone();
        let settled = (0..=4).any(|_| {
            let step = next(&facts, now());
            facts = perform(step, facts.clone());
            if let Step::Wait(Requeue::At(time)) = step {
                assert!(
                    now() + SignedDuration::from_secs(1) <= time,
                    "{start:?} is requeued too early"
                );
            }
            matches!(step, Step::Wait(_))
        });
        assert!(settled, "{start:?} never settles");
    }
}

#[test]
fn no_token_is_requested_if_the_connection_is_inactive_or_invalid_or_its_secret_is_not_owned() {
    for facts in all() {
        let quiet = facts.activity != Activity::Active
            || facts.spec != SpecState::Valid
            || facts.token_secret == TokenSecretState::NotOwned;
        if quiet {
            assert_ne!(next(&facts, now()), Step::RequestToken, "{facts:?}");
        }
    }
}
