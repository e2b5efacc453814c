//! Derives the conditions of a connection from facts alone. Every state has exactly one reason.

use jiff::Timestamp;

use crate::clock::whole_seconds;
use crate::connection::error::ConnectionError;
use crate::connection::facts::{
    Activity, Facts, InputState, RenewalState, SpecState, StoredToken, TokenMatch, TokenSecretState,
};
use crate::connection::grant_state::GrantFacts;
use crate::connection::reason::Reason;

/// The conditions of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// The token Secret holds a valid token.
    pub ready: Statement,
    /// The result of the last request.
    pub refreshed: Statement,
    /// The connection has a grant, in the Authorization Code flow.
    pub authorized: Option<Statement>,
    /// The operator works on a first token.
    pub reconciling: bool,
    /// Only a change of the spec, a Secret or the provider resolves the failure.
    pub stalled: bool,
    /// When the token is renewed, or the failed step is retried.
    pub next_refresh_at: Option<Timestamp>,
}

/// The content of one condition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// True, false, or unknown.
    pub status: Option<bool>,
    pub reason: Reason,
    pub message: String,
}

impl Statement {
    fn new(status: Option<bool>, reason: Reason, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    fn from_error(status: Option<bool>, error: &ConnectionError) -> Self {
        Self::new(status, error.reason, error.message.as_str())
    }
}

/// Returns the conditions at `now`. `certificate_not_after` is the expiry of the signing key's
/// certificate.
pub fn report(facts: &Facts, certificate_not_after: Option<Timestamp>, now: Timestamp) -> Report {
    let authorization_error = facts.authorization_error(now);
    let error = nearest_error(facts, now).or(authorization_error.as_ref());
    let valid = facts.valid_token(now);
    let suspended = facts.activity == Activity::Suspended;
    // Waiting for a user is neither progress nor a failure.
    let waiting = error.is_some() && error == authorization_error.as_ref();
    let stalled = !suspended
        && (facts.token_secret == TokenSecretState::NotOwned
            || !waiting && error.is_some_and(|error| !error.retry.is_transient()));
    Report {
        ready: ready(facts, error, valid, waiting),
        refreshed: refreshed(facts, error, certificate_not_after, now),
        authorized: facts
            .grant
            .as_ref()
            .map(|grant| authorized(grant, &facts.inputs, authorization_error.as_ref(), now)),
        // kstatus reports progress while this is true, so a renewal of a valid token does not set
        // it.
        reconciling: valid.is_none() && !stalled && !suspended && !waiting,
        stalled,
        next_refresh_at: next_refresh_at(facts, error, now),
    }
}

fn authorized(
    grant: &GrantFacts,
    inputs: &InputState,
    error: Option<&ConnectionError>,
    now: Timestamp,
) -> Statement {
    if let InputState::Inaccessible(error) = inputs {
        // Unknown, not false: the operator cannot read the grant Secret.
        return Statement::from_error(None, error);
    }
    if let Some(error) = error {
        return Statement::from_error(Some(false), error);
    }
    // False although the grant is usable, so that the missing scopes are noticed.
    if grant.exceeds_consent {
        let message = "spec.scopes exceeds the consented scopes: run `kubectl connection authorize` with this Connection's name and namespace; the current token keeps its scopes";
        return Statement::new(Some(false), Reason::AuthorizationRequired, message);
    }
    if let Some(end) = grant.expires_at.filter(|_| grant.expires_soon(now)) {
        let message = format!(
            "the grant expires at {}: run `kubectl connection authorize` with this Connection's name and namespace before then",
            whole_seconds(end)
        );
        return Statement::new(Some(true), Reason::GrantExpiring, message);
    }
    let message = match grant.failed_outcome() {
        Some(outcome) => format!(
            "authorized; the last authorization failed and did not replace the grant: {}",
            outcome.message
        ),
        None => "authorized".to_owned(),
    };
    Statement::new(Some(true), Reason::Authorized, message)
}

/// Returns the error that must be resolved first.
fn nearest_error(facts: &Facts, now: Timestamp) -> Option<&ConnectionError> {
    // Token steps have precedence, because workloads depend on the token.
    let failure = facts.failure.as_ref().or(facts.side_failure.as_ref());
    let failure = failure.map(|failure| &failure.error);
    match (&facts.spec, &facts.inputs) {
        (SpecState::Invalid(error), _) | (_, InputState::Inaccessible(error)) => Some(error),
        // A failed write is not obsolete, even if the stored token is up to date.
        _ if facts.unwritten || facts.token_secret == TokenSecretState::NotOwned => failure,
        // Precedes a failure, which may only follow from it.
        (_, InputState::Unusable(error)) => Some(error),
        _ => failure.filter(|_| !is_settled(facts, now)),
    }
}

/// Returns true if the stored token is the desired one, so that a failure before it is obsolete.
fn is_settled(facts: &Facts, now: Timestamp) -> bool {
    let TokenSecretState::Present(StoredToken { matches: TokenMatch::UpToDate, due, .. }) =
        &facts.token_secret
    else {
        return false;
    };
    now < *due && facts.inputs == InputState::Unchanged && facts.renewal == RenewalState::None
}

fn ready(
    facts: &Facts,
    error: Option<&ConnectionError>,
    valid: Option<&StoredToken>,
    waiting: bool,
) -> Statement {
    let until = |token: &StoredToken| {
        format!("token valid until {}", whole_seconds(token.lifetime.expires_at))
    };
    match (facts.activity, valid, error) {
        // Suspension is deliberate, so it precedes every error.
        (Activity::Suspended, Some(token), _) => Statement::new(
            Some(true),
            Reason::Suspended,
            format!("{}; not renewed while spec.suspend is true", until(token)),
        ),
        (Activity::Suspended, None, _) => Statement::new(
            Some(false),
            Reason::Suspended,
            "no token is requested while spec.suspend is true: set it to false to resume",
        ),
        _ if facts.token_secret == TokenSecretState::NotOwned => conflict(facts),
        (_, Some(token), None) => Statement::new(Some(true), Reason::TokenIssued, until(token)),
        // Workloads can still use the token, so Ready stays true.
        (_, Some(token), Some(error)) => Statement::new(
            Some(true),
            Reason::RefreshFailed,
            format!("{}; renewal is failing: {}", until(token), error.message),
        ),
        (_, None, Some(error)) if waiting => {
            Statement::new(Some(false), Reason::AuthorizationRequired, error.message.as_str())
        }
        (_, None, Some(error)) => without_token(facts, error),
        (_, None, None) => progressing(),
    }
}

fn without_token(facts: &Facts, error: &ConnectionError) -> Statement {
    match &facts.token_secret {
        TokenSecretState::Present(token) => {
            let end = whole_seconds(token.lifetime.expires_at);
            let message = format!("token expired at {end}: {}", error.message);
            Statement::new(Some(false), Reason::TokenExpired, message)
        }
        TokenSecretState::NotOwned | TokenSecretState::Absent => {
            Statement::from_error(Some(false), error)
        }
    }
}

fn refreshed(
    facts: &Facts,
    error: Option<&ConnectionError>,
    certificate_not_after: Option<Timestamp>,
    now: Timestamp,
) -> Statement {
    match (facts.activity, &facts.token_secret, error) {
        (Activity::Suspended, ..) => {
            Statement::new(Some(false), Reason::Suspended, "spec.suspend is true")
        }
        (_, TokenSecretState::NotOwned, _) => conflict(facts),
        (_, _, Some(error)) => Statement::from_error(Some(false), error),
        (_, TokenSecretState::Absent, None) => progressing(),
        (_, TokenSecretState::Present(_), None) => match certificate_not_after {
            // The provider issued a token nevertheless, so this is no failure.
            Some(end) if end <= now => Statement::new(
                Some(true),
                Reason::CertificateExpired,
                format!(
                    "token issued, but the certificate of the signing key expired at {}: renew it before the provider rejects it",
                    whole_seconds(end)
                ),
            ),
            _ => Statement::new(Some(true), Reason::TokenIssued, "last token request succeeded"),
        },
    }
}

fn progressing() -> Statement {
    Statement::new(None, Reason::Progressing, "requesting the first token")
}

fn conflict(facts: &Facts) -> Statement {
    let message = format!(
        "Secret \"{}\" already exists and is not managed by this Connection: delete that Secret, or create the Connection again with another secret.name",
        facts.token_secret_name
    );
    Statement::new(Some(false), Reason::SecretConflict, message)
}

fn next_refresh_at(
    facts: &Facts,
    error: Option<&ConnectionError>,
    now: Timestamp,
) -> Option<Timestamp> {
    match (facts.activity, error, &facts.token_secret) {
        (Activity::Deleting | Activity::Suspended, ..) => None,
        // With an invalid spec nothing is retried, so the time of an old failure does not apply.
        (_, Some(_), _) => facts
            .failure
            .as_ref()
            .and_then(|failure| failure.retry_at)
            .filter(|_| facts.spec == SpecState::Valid),
        (_, None, TokenSecretState::Present(token)) if now < token.due => Some(token.due),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
