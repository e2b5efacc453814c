//! The plan where a person's consent is needed.

use jiff::SignedDuration;

use super::*;
use crate::connection::error::ConnectionError;
use crate::connection::facts::StoredToken;
use crate::connection::failure_record::FailureRecord;
use crate::connection::grant_state::tests::alive;
use crate::connection::reason::Reason;
use crate::connection::schedule::TokenLifetime;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn now() -> Timestamp {
    at(1_000)
}

/// A token that lives until 300 s after it is due.
fn token(due: i64) -> TokenSecretState {
    let life = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { life, due: at(due), fit: TokenMatch::UpToDate })
}

fn facts(held: TokenSecretState, consent: GrantFacts) -> Facts {
    Facts {
        activity: Activity::Active,
        spec: SpecState::Valid,
        held,
        unsaved: false,
        unwritten: false,
        inputs: InputState::Unchanged,
        renewal: RenewalState::None,
        failure: None,
        side_failure: None,
        consent: Some(consent),
        finalizer: FinalizerState::UpToDate,
    }
}

fn with(grant: GrantState) -> GrantFacts {
    GrantFacts { grant, ..alive() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn failed(second: i64) -> Option<FailureRecord> {
    let fault = ConnectionError::transient(Reason::KubernetesAPIError, "x");
    Some(FailureRecord { error: fault, attempts: 1, retry_at: Some(at(second)), basis: None })
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let rest = |second| Step::Wait(Requeue::At(at(second)));
    let wait = Step::Wait(Requeue::OnChange);
    let absent = || with(GrantState::Absent);
    let answer = Some(HandedOver::AuthorizationResponse);
    let none = || TokenSecretState::Absent;
    let cases = vec![
        (
            "a grant is refreshed when its token is due",
            facts(token(900), alive()),
            Step::RequestToken,
        ),
        ("a healthy grant rests", facts(token(1_500), alive()), rest(1_500)),
        (
            "a grant that somebody is using is left alone until then",
            facts(token(900), with(GrantState::Claimed(at(1_010)))),
            rest(1_010),
        ),
        ("without a grant a person is waited for", facts(none(), absent()), wait),
        (
            "a begun authorization is looked at again when it can no longer be finished",
            facts(none(), GrantFacts { begun_at: Some(at(900)), ..absent() }),
            rest(1_500),
        ),
        (
            "where to send the person to is found out first",
            facts(none(), GrantFacts { endpoint_known: false, ..absent() }),
            Step::DiscoverAuthorizationEndpoint,
        ),
        ("a dead grant is not sent", facts(token(900), with(GrantState::Invalidated)), rest(1_200)),
        (
            "a grant of another is not sent",
            facts(token(900), with(GrantState::BindingMismatch)),
            rest(1_200),
        ),
        (
            "a grant without refresh token cannot be refreshed",
            facts(token(900), with(GrantState::NoRefreshToken)),
            rest(1_200),
        ),
        (
            "a refresh token that waits is imported",
            facts(none(), GrantFacts { import: true, ..absent() }),
            Step::ImportRefreshToken,
        ),
        (
            "a live grant is not replaced by an import",
            facts(token(1_500), GrantFacts { import: true, ..alive() }),
            rest(1_500),
        ),
        (
            "an answer that was handed over is redeemed",
            facts(none(), GrantFacts { handoff: answer, ..absent() }),
            Step::ExchangeCode,
        ),
        (
            "also while the old token is good",
            facts(token(1_500), GrantFacts { handoff: answer, ..alive() }),
            Step::ExchangeCode,
        ),
        (
            "also while a Secret of the request is faulty, so that the person is told",
            Facts {
                inputs: InputState::Unusable(ConnectionError::transient(
                    Reason::SecretNotFound,
                    "x",
                )),
                ..facts(none(), GrantFacts { handoff: answer, ..absent() })
            },
            Step::ExchangeCode,
        ),
        (
            "not while suspended",
            Facts {
                activity: Activity::Suspended,
                ..facts(none(), GrantFacts { handoff: answer, ..absent() })
            },
            wait,
        ),
        (
            "a request that was handed over is pushed",
            facts(
                none(),
                GrantFacts { handoff: Some(HandedOver::AuthorizationRequest), ..absent() },
            ),
            Step::PushAuthorizationRequest,
        ),
        (
            "what was received is saved before anything else",
            Facts {
                unsaved: true,
                ..facts(token(900), GrantFacts { handoff: answer, unpublished: true, ..alive() })
            },
            Step::SaveGrant,
        ),
        (
            "whatever has become of the spec",
            Facts {
                unsaved: true,
                spec: SpecState::Invalid(ConnectionError::invalid_spec("f", "w")),
                consent: None,
                ..facts(none(), alive())
            },
            Step::SaveGrant,
        ),
        (
            "what fails beside keeps no token from being renewed",
            Facts {
                side_failure: failed(1_100),
                ..facts(token(900), GrantFacts { owner_matches: false, ..alive() })
            },
            Step::RequestToken,
        ),
        (
            "and is tried again when its time comes",
            Facts {
                side_failure: failed(1_100),
                ..facts(token(1_500), GrantFacts { owner_matches: false, ..alive() })
            },
            rest(1_100),
        ),
        (
            "while a renewal that failed waits for its own time",
            Facts {
                failure: failed(1_050),
                side_failure: failed(1_100),
                ..facts(token(900), GrantFacts { owner_matches: false, ..alive() })
            },
            rest(1_050),
        ),
        (
            "also while the Connection is being deleted",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                unsaved: true,
                ..facts(none(), alive())
            },
            Step::SaveGrant,
        ),
        (
            "a token that the grant Secret holds is published",
            facts(none(), GrantFacts { unpublished: true, ..alive() }),
            Step::PublishToken,
        ),
        (
            "the grant Secret's owner is set right",
            facts(token(1_500), GrantFacts { owner_matches: false, ..alive() }),
            Step::UpdateGrantOwner,
        ),
        (
            "the finalizer is set right first",
            Facts { finalizer: FinalizerState::NeedsUpdate, ..facts(none(), absent()) },
            Step::UpdateFinalizer,
        ),
        (
            "a deletion waits for the grant to be revoked",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                ..facts(none(), alive())
            },
            Step::RevokeGrant,
        ),
        (
            "but not for ever",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_000)),
                ..facts(none(), alive())
            },
            Step::RemoveFinalizer,
        ),
        (
            "a revocation that failed is tried again at the latest when its time ends",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                failure: failed(2_000),
                ..facts(none(), alive())
            },
            rest(1_060),
        ),
        (
            "a Connection of another flow is let go",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                consent: None,
                ..facts(none(), alive())
            },
            Step::RemoveFinalizer,
        ),
    ];
    for (claim, facts, expected) in cases {
        assert_eq!(next(&facts, now()), expected, "{claim}");
    }
}

/// Every grant with every sign beside it.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    let grants = [
        GrantState::Absent,
        GrantState::Active,
        GrantState::Claimed(at(1_010)),
        GrantState::Invalidated,
        GrantState::NotOwned,
        GrantState::BindingMismatch,
        GrantState::NoRefreshToken,
    ];
    for grant in grants {
        for bits in 0..128_u8 {
            let bit = |index: u8| bits & (1 << index) != 0;
            let handoff = bit(0).then_some(HandedOver::AuthorizationResponse);
            let consent = GrantFacts {
                handoff,
                unpublished: bit(2),
                owner_matches: bit(3),
                import: bit(4),
                endpoint_known: bit(5),
                begun_at: bit(6).then(|| at(900)),
                ..with(grant)
            };
            for held in [TokenSecretState::Absent, token(1_500), token(900), token(400)] {
                for activity in [Activity::Active, Activity::Suspended, Activity::Deleting] {
                    let facts = facts(held.clone(), consent.clone());
                    all.push(Facts { activity, unsaved: bit(1), ..facts });
                }
            }
        }
    }
    all
}

#[test]
fn a_refresh_token_is_sent_only_of_a_grant_that_is_alive_and_everything_received_is_saved_first() {
    for facts in all() {
        let consent = facts.consent.as_ref().unwrap();
        let step = next(&facts, now());
        if step == Step::RequestToken {
            assert_eq!(consent.grant, GrantState::Active, "{facts:?}");
        }
        assert_eq!(facts.unsaved, step == Step::SaveGrant, "{facts:?}");
        if let Step::Wait(Requeue::At(time)) = step {
            assert!(now() + SignedDuration::from_secs(1) <= time, "{facts:?} would wake at once");
        }
    }
}

#[test]
fn what_a_refresh_finds_out_about_the_grant_is_what_a_person_is_asked_for() {
    for (reason, asked) in [
        (Reason::GrantMismatch, true),
        (Reason::GrantExpired, true),
        (Reason::ProviderUnavailable, false),
    ] {
        let failure = Some(FailureRecord {
            error: ConnectionError::transient(reason, "x"),
            attempts: 1,
            retry_at: None,
            basis: None,
        });
        let facts = Facts { failure, ..facts(token(900), alive()) };
        let told = facts.authorization_error(now()).map(|one| one.reason);
        assert_eq!(told, asked.then_some(reason), "{reason}");
    }
}
