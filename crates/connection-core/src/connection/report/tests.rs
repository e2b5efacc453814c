use super::*;
use crate::connection::facts::FinalizerState;
use crate::connection::failure_record::FailureRecord;
use crate::connection::schedule::TokenLifetime;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn facts(held: TokenSecretState) -> Facts {
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
        consent: None,
        finalizer: FinalizerState::UpToDate,
    }
}

/// Due at 1500 and 900, valid until 300 s later.
fn token(due: i64) -> TokenSecretState {
    let life = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { life, due: at(due), fit: TokenMatch::UpToDate })
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn failed(fault: ConnectionError) -> Option<FailureRecord> {
    Some(FailureRecord { error: fault, attempts: 1, retry_at: Some(at(1_100)), basis: None })
}

fn down() -> ConnectionError {
    ConnectionError::transient(Reason::ProviderUnavailable, "no answer")
}

fn refused() -> ConnectionError {
    ConnectionError {
        reason: Reason::AssertionRejected,
        message: "refused".to_owned(),
        retry: Retry::SlowBackoff,
    }
}

/// Ready, its reason, the reason of Refreshed, reconciling, stalled.
type Words = (Option<bool>, Reason, Reason, bool, bool);

fn words(facts: &Facts, certificate_not_after: Option<Timestamp>) -> Words {
    let report = of(facts, certificate_not_after, at(1_000));
    (
        report.ready.status,
        report.ready.reason,
        report.refreshed.reason,
        report.reconciling,
        report.stalled,
    )
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
#[test]
fn what_is_said_follows_from_the_facts() {
    use Reason as R;
    let (yes, no) = (Some(true), Some(false));
    let none = || facts(TokenSecretState::Absent);
    let cases: Vec<(&str, Facts, Words)> = vec![
        (
            "a new connection is on its way",
            none(),
            (None, R::Progressing, R::Progressing, true, false),
        ),
        (
            "a healthy connection is ready",
            facts(token(1_500)),
            (yes, R::TokenIssued, R::TokenIssued, false, false),
        ),
        (
            "a provider that is down keeps a first token away",
            Facts { failure: failed(down()), ..none() },
            (no, R::ProviderUnavailable, R::ProviderUnavailable, true, false),
        ),
        (
            "a failing renewal that was asked for is told though the token is not due",
            Facts {
                renewal: RenewalState::Requested,
                failure: failed(down()),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::ProviderUnavailable, false, false),
        ),
        (
            "a refusal stalls a first token",
            Facts { failure: failed(refused()), ..none() },
            (no, R::AssertionRejected, R::AssertionRejected, false, true),
        ),
        (
            "a failing renewal leaves a valid token ready",
            Facts { failure: failed(down()), ..facts(token(900)) },
            (yes, R::RefreshFailed, R::ProviderUnavailable, false, false),
        ),
        (
            "a token that expired is not ready",
            Facts { failure: failed(down()), ..facts(token(400)) },
            (no, R::TokenExpired, R::ProviderUnavailable, true, false),
        ),
        (
            "a missing Secret under a valid token is told in time",
            Facts {
                inputs: InputState::Unusable(ConnectionError::secret_not_found("f", "s")),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::SecretNotFound, false, true),
        ),
        (
            "a namespace that is not enrolled says so",
            Facts {
                inputs: InputState::Inaccessible(ConnectionError::not_enrolled("c")),
                ..none()
            },
            (no, R::NamespaceNotEnrolled, R::NamespaceNotEnrolled, false, true),
        ),
        (
            "an invalid spec keeps the last good token",
            Facts {
                spec: SpecState::Invalid(ConnectionError::invalid_spec("f", "w")),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::InvalidSpec, false, true),
        ),
        (
            "an old failure under a good token is past",
            Facts { failure: failed(down()), ..facts(token(1_500)) },
            (yes, R::TokenIssued, R::TokenIssued, false, false),
        ),
        (
            "a renewal that was asked for and fails is told although the token is good",
            Facts {
                failure: failed(refused()),
                renewal: RenewalState::Requested,
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::AssertionRejected, false, true),
        ),
        (
            "a suspended connection says so",
            Facts { activity: Activity::Suspended, ..none() },
            (no, R::Suspended, R::Suspended, false, false),
        ),
        (
            "a suspended connection with a valid token is ready",
            Facts { activity: Activity::Suspended, ..facts(token(900)) },
            (yes, R::Suspended, R::Suspended, false, false),
        ),
        (
            "a foreign Secret is a conflict",
            facts(TokenSecretState::NotOwned),
            (no, R::SecretConflict, R::SecretConflict, false, true),
        ),
    ];
    for (claim, facts, expected) in cases {
        assert_eq!(words(&facts, None), expected, "{claim}");
    }
}

#[test]
fn an_expired_certificate_is_a_warning_and_no_failure() {
    let words = words(&facts(token(1_500)), Some(at(999)));
    assert_eq!(words, (Some(true), Reason::TokenIssued, Reason::CertificateExpired, false, false));
}

#[test]
fn the_next_refresh_is_the_due_time_or_the_next_try() {
    let next = |facts: &Facts| of(facts, None, at(1_000)).next_refresh_at;
    assert_eq!(next(&facts(token(1_500))), Some(at(1_500)));
    assert_eq!(next(&Facts { failure: failed(down()), ..facts(token(900)) }), Some(at(1_100)));
    assert_eq!(next(&Facts { activity: Activity::Suspended, ..facts(token(1_500)) }), None);
}
