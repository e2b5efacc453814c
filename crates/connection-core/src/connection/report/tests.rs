use super::*;
use crate::connection::error::Retry;
use crate::connection::facts::FinalizerState;
use crate::connection::failure_record::FailureRecord;
use crate::connection::schedule::TokenLifetime;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn facts(token_secret: TokenSecretState) -> Facts {
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
        grant: None,
        finalizer: FinalizerState::UpToDate,
    }
}

/// A token that expires 300 s after it is due.
fn token(due: i64) -> TokenSecretState {
    let lifetime = TokenLifetime { issued_at: at(due - 600), expires_at: at(due + 300) };
    TokenSecretState::Present(StoredToken { lifetime, due: at(due), matches: TokenMatch::UpToDate })
}

#[expect(clippy::unnecessary_wraps, reason = "the callers need an option")]
fn failed(error: ConnectionError) -> Option<FailureRecord> {
    Some(FailureRecord { error, attempts: 1, retry_at: Some(at(1_100)), basis: None })
}

fn down() -> ConnectionError {
    ConnectionError::transient(Reason::ProviderUnavailable, "no response")
}

fn rejected() -> ConnectionError {
    ConnectionError {
        reason: Reason::AssertionRejected,
        message: "rejected".to_owned(),
        retry: Retry::SlowBackoff,
    }
}

/// Ready, its reason, the reason of Refreshed, reconciling, stalled.
type Summary = (Option<bool>, Reason, Reason, bool, bool);

fn summary(facts: &Facts, certificate_not_after: Option<Timestamp>) -> Summary {
    let report = report(facts, certificate_not_after, at(1_000));
    (
        report.ready.status,
        report.ready.reason,
        report.refreshed.reason,
        report.reconciling,
        report.stalled,
    )
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn conditions_follow_from_the_facts() {
    use Reason as R;
    let (yes, no) = (Some(true), Some(false));
    let none = || facts(TokenSecretState::Absent);
    let cases: Vec<(&str, Facts, Summary)> = vec![
        (
            "a new connection is progressing",
            none(),
            (None, R::Progressing, R::Progressing, true, false),
        ),
        (
            "a healthy connection is ready",
            facts(token(1_500)),
            (yes, R::TokenIssued, R::TokenIssued, false, false),
        ),
        (
            "the provider is down before the first token",
            Facts { failure: failed(down()), ..none() },
            (no, R::ProviderUnavailable, R::ProviderUnavailable, true, false),
        ),
        (
            "a requested renewal fails before the token is due",
            Facts {
                renewal: RenewalState::Requested,
                failure: failed(down()),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::ProviderUnavailable, false, false),
        ),
        (
            "a rejected request stalls the first token",
            Facts { failure: failed(rejected()), ..none() },
            (no, R::AssertionRejected, R::AssertionRejected, false, true),
        ),
        (
            "a failed renewal leaves a valid token ready",
            Facts { failure: failed(down()), ..facts(token(900)) },
            (yes, R::RefreshFailed, R::ProviderUnavailable, false, false),
        ),
        (
            "a token that expired is not ready",
            Facts { failure: failed(down()), ..facts(token(400)) },
            (no, R::TokenExpired, R::ProviderUnavailable, true, false),
        ),
        (
            "a missing Secret is reported while the token is valid",
            Facts {
                inputs: InputState::Unusable(ConnectionError::secret_not_found("f", "s")),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::SecretNotFound, false, true),
        ),
        (
            "the namespace is not enrolled",
            Facts {
                inputs: InputState::Inaccessible(ConnectionError::not_enrolled("c")),
                ..none()
            },
            (no, R::NamespaceNotEnrolled, R::NamespaceNotEnrolled, false, true),
        ),
        (
            "an invalid spec keeps the valid token",
            Facts {
                spec: SpecState::Invalid(ConnectionError::invalid_spec("f", "w")),
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::InvalidSpec, false, true),
        ),
        (
            "a failure before the current token is ignored",
            Facts { failure: failed(down()), ..facts(token(1_500)) },
            (yes, R::TokenIssued, R::TokenIssued, false, false),
        ),
        (
            "a requested renewal is rejected although the token is valid",
            Facts {
                failure: failed(rejected()),
                renewal: RenewalState::Requested,
                ..facts(token(1_500))
            },
            (yes, R::RefreshFailed, R::AssertionRejected, false, true),
        ),
        (
            "a suspended connection is not ready without a token",
            Facts { activity: Activity::Suspended, ..none() },
            (no, R::Suspended, R::Suspended, false, false),
        ),
        (
            "a suspended connection with a valid token is ready",
            Facts { activity: Activity::Suspended, ..facts(token(900)) },
            (yes, R::Suspended, R::Suspended, false, false),
        ),
        (
            "a Secret that is not owned is a conflict",
            facts(TokenSecretState::NotOwned),
            (no, R::SecretConflict, R::SecretConflict, false, true),
        ),
    ];
    for (case, facts, expected) in cases {
        assert_eq!(summary(&facts, None), expected, "{case}");
    }
}

#[test]
fn an_expired_certificate_is_a_warning_and_not_a_failure() {
    let summary = summary(&facts(token(1_500)), Some(at(999)));
    assert_eq!(
        summary,
        (Some(true), Reason::TokenIssued, Reason::CertificateExpired, false, false)
    );
}

#[test]
fn the_next_refresh_is_the_due_time_or_the_retry_time() {
    let next = |facts: &Facts| report(facts, None, at(1_000)).next_refresh_at;
    assert_eq!(next(&facts(token(1_500))), Some(at(1_500)));
    assert_eq!(next(&Facts { failure: failed(down()), ..facts(token(900)) }), Some(at(1_100)));
    assert_eq!(next(&Facts { activity: Activity::Suspended, ..facts(token(1_500)) }), None);
}

#[test]
fn a_conflict_names_the_secret() {
    let report = report(&facts(TokenSecretState::NotOwned), None, at(1_000));
    assert!(report.ready.message.starts_with("Secret \"crm-token\" already exists"));
}
