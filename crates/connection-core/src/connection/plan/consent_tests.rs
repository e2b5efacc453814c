//! The plan in the Authorization Code flow.

use jiff::SignedDuration;

use super::*;
use crate::connection::error::ConnectionError;
use crate::connection::facts::StoredToken;
use crate::connection::failure_record::FailureRecord;
use crate::connection::grant_state::tests::active;
use crate::connection::reason::Reason;
use crate::connection::schedule::TokenLifetime;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn now() -> Timestamp {
    at(1_000)
}

/// A token that expires 300 s after it is due.
fn token(due: i64) -> TokenSecretState {
    let lifetime = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { lifetime, due: at(due), matches: TokenMatch::UpToDate })
}

fn facts(token_secret: TokenSecretState, grant: GrantFacts) -> Facts {
    Facts {
        activity: Activity::Active,
        spec: SpecState::Valid,
        token_secret_name: "crm-token".to_owned(),
        token_secret,
        unsaved: false,
        unwritten: false,
        inputs: InputState::Unchanged,
        renewal: RenewalState::None,
        failure: None,
        side_failure: None,
        grant: Some(grant),
        finalizer: FinalizerState::UpToDate,
    }
}

fn with(state: GrantState) -> GrantFacts {
    GrantFacts { state, ..active() }
}

#[expect(clippy::unnecessary_wraps, reason = "the callers need an option")]
fn failed(second: i64) -> Option<FailureRecord> {
    let error = ConnectionError::transient(Reason::KubernetesAPIError, "x");
    Some(FailureRecord { error, attempts: 1, retry_at: Some(at(second)), basis: None })
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let until = |second| Step::Wait(Requeue::At(at(second)));
    let wait = Step::Wait(Requeue::OnChange);
    let absent = || with(GrantState::Absent);
    let response = Some(HandoffKind::AuthorizationResponse);
    let none = || TokenSecretState::Absent;
    let cases = vec![
        (
            "a grant is refreshed when its token is due",
            facts(token(900), active()),
            Step::RefreshGrant,
        ),
        ("a healthy grant waits", facts(token(1_500), active()), until(1_500)),
        (
            "a grant that another replica has claimed is not used until the claim ends",
            facts(token(900), with(GrantState::Claimed(at(1_010)))),
            until(1_010),
        ),
        ("without a grant a user is waited for", facts(none(), absent()), wait),
        (
            "a pending authorization is requeued when it expires",
            facts(none(), GrantFacts { started_at: Some(at(900)), ..absent() }),
            until(1_500),
        ),
        (
            "the authorization endpoint is discovered first",
            facts(none(), GrantFacts { endpoint_known: false, ..absent() }),
            Step::DiscoverAuthorizationEndpoint,
        ),
        (
            "an invalidated grant is not used",
            facts(token(900), with(GrantState::Invalidated)),
            until(1_200),
        ),
        (
            "a grant with another binding is not used",
            facts(token(900), with(GrantState::BindingMismatch)),
            until(1_200),
        ),
        (
            "a grant without refresh token cannot be refreshed",
            facts(token(900), with(GrantState::NoRefreshToken)),
            until(1_200),
        ),
        (
            "a refresh token is imported",
            facts(none(), GrantFacts { import: true, ..absent() }),
            Step::ImportRefreshToken,
        ),
        (
            "an active grant is not replaced by an import",
            facts(token(1_500), GrantFacts { import: true, ..active() }),
            until(1_500),
        ),
        (
            "the code of a handoff is exchanged",
            facts(none(), GrantFacts { handoff: response, ..absent() }),
            Step::ExchangeCode,
        ),
        (
            "the code is exchanged although the old token is valid",
            facts(token(1_500), GrantFacts { handoff: response, ..active() }),
            Step::ExchangeCode,
        ),
        (
            "the code is exchanged although an input is unusable, so that the user sees the error",
            Facts {
                inputs: InputState::Unusable(ConnectionError::transient(
                    Reason::SecretNotFound,
                    "x",
                )),
                ..facts(none(), GrantFacts { handoff: response, ..absent() })
            },
            Step::ExchangeCode,
        ),
        (
            "the code is not exchanged while suspended",
            Facts {
                activity: Activity::Suspended,
                ..facts(none(), GrantFacts { handoff: response, ..absent() })
            },
            wait,
        ),
        (
            "the request of a handoff is pushed",
            facts(
                none(),
                GrantFacts { handoff: Some(HandoffKind::AuthorizationRequest), ..absent() },
            ),
            Step::PushAuthorizationRequest,
        ),
        (
            "a received response is saved first",
            Facts {
                unsaved: true,
                ..facts(token(900), GrantFacts { handoff: response, unpublished: true, ..active() })
            },
            Step::SaveGrant,
        ),
        (
            "a received response is saved even if the spec is invalid",
            Facts {
                unsaved: true,
                spec: SpecState::Invalid(ConnectionError::invalid_spec("f", "w")),
                grant: None,
                ..facts(none(), active())
            },
            Step::SaveGrant,
        ),
        (
            "a failed side step does not keep the token from being renewed",
            Facts {
                side_failure: failed(1_100),
                ..facts(token(900), GrantFacts { owner_matches: false, ..active() })
            },
            Step::RefreshGrant,
        ),
        (
            "a failed side step waits until its retry time",
            Facts {
                side_failure: failed(1_100),
                ..facts(token(1_500), GrantFacts { owner_matches: false, ..active() })
            },
            until(1_100),
        ),
        (
            "a failed renewal waits until its own retry time",
            Facts {
                failure: failed(1_050),
                side_failure: failed(1_100),
                ..facts(token(900), GrantFacts { owner_matches: false, ..active() })
            },
            until(1_050),
        ),
        (
            "a received response is saved even if the Connection is being deleted",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                unsaved: true,
                ..facts(none(), active())
            },
            Step::SaveGrant,
        ),
        (
            "a token in the grant Secret is published",
            facts(none(), GrantFacts { unpublished: true, ..active() }),
            Step::PublishToken,
        ),
        (
            "the owner of the grant Secret is updated",
            facts(token(1_500), GrantFacts { owner_matches: false, ..active() }),
            Step::UpdateGrantOwner,
        ),
        (
            "the finalizer is updated first",
            Facts { finalizer: FinalizerState::NeedsUpdate, ..facts(none(), absent()) },
            Step::UpdateFinalizer,
        ),
        (
            "a deletion waits for the grant to be revoked",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                ..facts(none(), active())
            },
            Step::RevokeGrant,
        ),
        (
            "a deletion does not wait forever",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_000)),
                ..facts(none(), active())
            },
            Step::RemoveFinalizer,
        ),
        (
            "a failed revocation waits at most until the deadline",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                failure: failed(2_000),
                ..facts(none(), active())
            },
            until(1_060),
        ),
        (
            "the finalizer of another flow is removed",
            Facts {
                activity: Activity::Deleting,
                finalizer: FinalizerState::RevocationPending(at(1_060)),
                grant: None,
                ..facts(none(), active())
            },
            Step::RemoveFinalizer,
        ),
    ];
    for (case, facts, expected) in cases {
        assert_eq!(next(&facts, now()), expected, "{case}");
    }
}

/// Returns all combinations of grant states and other facts.
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
    for state in grants {
        for bits in 0..128_u8 {
            let bit = |index: u8| bits & (1 << index) != 0;
            let handoff = bit(0).then_some(HandoffKind::AuthorizationResponse);
            let grant = GrantFacts {
                handoff,
                unpublished: bit(2),
                owner_matches: bit(3),
                import: bit(4),
                endpoint_known: bit(5),
                started_at: bit(6).then(|| at(900)),
                ..with(state)
            };
            for token_secret in [TokenSecretState::Absent, token(1_500), token(900), token(400)] {
                for activity in [Activity::Active, Activity::Suspended, Activity::Deleting] {
                    let facts = facts(token_secret.clone(), grant.clone());
                    all.push(Facts { activity, unsaved: bit(1), ..facts });
                }
            }
        }
    }
    all
}

#[test]
fn only_active_grants_are_refreshed_and_received_responses_are_saved_first() {
    for facts in all() {
        let grant = facts.grant.as_ref().unwrap();
        let step = next(&facts, now());
        assert_ne!(step, Step::RequestToken, "{facts:?}");
        if step == Step::RefreshGrant {
            assert_eq!(grant.state, GrantState::Active, "{facts:?}");
        }
        assert_eq!(facts.unsaved, step == Step::SaveGrant, "{facts:?}");
        if let Step::Wait(Requeue::At(time)) = step {
            assert!(
                now() + SignedDuration::from_secs(1) <= time,
                "{facts:?} is requeued too early"
            );
        }
    }
}

#[test]
fn errors_that_a_refresh_reveals_about_the_grant_require_authorization() {
    for (reason, expected) in [
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
        let facts = Facts { failure, ..facts(token(900), active()) };
        let actual = facts.authorization_error(now()).map(|error| error.reason);
        assert_eq!(actual, expected.then_some(reason), "{reason}");
    }
}
