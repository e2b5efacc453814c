//! What to say of a connection, from facts alone. Every state has exactly one reason.

use jiff::Timestamp;

use crate::clock::whole_seconds;
use crate::connection::error::{ConnectionError, Retry};
use crate::connection::facts::{
    Activity, Facts, InputState, RenewalState, SpecState, StoredToken, TokenMatch, TokenSecretState,
};
use crate::connection::grant_state::GrantFacts;
use crate::connection::reason::Reason;

/// What to say of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// Whether a usable token is in the Secret.
    pub ready: Statement,
    /// What the last request came to.
    pub refreshed: Statement,
    /// Whether there is a grant, in the flow that needs one.
    pub authorized: Option<Statement>,
    /// Whether the operator is still on its way to a first token.
    pub reconciling: bool,
    /// Whether only a change of the spec, a Secret or the provider can help.
    pub stalled: bool,
    /// When the token is renewed, or the next try is made.
    pub next_refresh_at: Option<Timestamp>,
}

/// One condition's content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// True, false, or not known yet.
    pub status: Option<bool>,
    /// The word.
    pub reason: Reason,
    /// The sentence.
    pub message: String,
}

/// Says what is to be said. `certificate_not_after` is the end of the signing key's certificate.
#[must_use]
pub fn of(facts: &Facts, certificate_not_after: Option<Timestamp>, now: Timestamp) -> Report {
    let consent = facts.authorization_error(now);
    let fault = fault(facts, now).or(consent.as_ref());
    let usable = facts.valid_token(now);
    let suspended = facts.activity == Activity::Suspended;
    // Waiting for a person is neither work nor a failure.
    let waiting = fault.is_some() && fault == consent.as_ref();
    let stuck = |one: &ConnectionError| matches!(one.retry, Retry::OnChange | Retry::SlowBackoff);
    let stalled = !suspended
        && (facts.held == TokenSecretState::NotOwned || !waiting && fault.is_some_and(stuck));
    Report {
        ready: ready(facts, fault, usable, waiting),
        refreshed: refreshed(facts, fault, certificate_not_after, now),
        authorized: facts
            .consent
            .as_ref()
            .map(|one| authorized(one, &facts.inputs, consent.as_ref(), now)),
        reconciling: usable.is_none() && !stalled && !suspended && !waiting,
        stalled,
        next_refresh_at: next_refresh_at(facts, fault, now),
    }
}

fn authorized(
    consent: &GrantFacts,
    inputs: &InputState,
    fault: Option<&ConnectionError>,
    now: Timestamp,
) -> Statement {
    let say = |status, reason, message: String| Statement { status: Some(status), reason, message };
    if let InputState::Inaccessible(fault) = inputs {
        return Statement { status: None, reason: fault.reason, message: fault.message.clone() };
    }
    if let Some(fault) = fault {
        return say(false, fault.reason, fault.message.clone());
    }
    if consent.wider {
        let message = "spec.scopes ask for more than was consented to: run `kubectl connection authorize` with this Connection's name and namespace; until then the token has the old scopes";
        return say(false, Reason::AuthorizationRequired, message.to_owned());
    }
    if let Some(end) = consent.expires_at.filter(|_| consent.expires_soon(now)) {
        let message = format!(
            "the grant expires at {}: run `kubectl connection authorize` with this Connection's name and namespace before then",
            whole_seconds(end)
        );
        return say(true, Reason::GrantExpiring, message);
    }
    let message = match consent.failed() {
        Some(outcome) => format!(
            "authorized; the last authorization failed and did not replace the grant: {}",
            outcome.message
        ),
        None => "a grant is there".to_owned(),
    };
    say(true, Reason::Authorized, message)
}

/// What stands in the way, the nearest cause first.
fn fault(facts: &Facts, now: Timestamp) -> Option<&ConnectionError> {
    let failure = facts.failure.as_ref().or(facts.side_failure.as_ref());
    let failure = failure.map(|failure| &failure.error);
    match (&facts.spec, &facts.inputs) {
        (SpecState::Invalid(fault), _) | (_, InputState::Inaccessible(fault)) => Some(fault),
        _ if facts.unwritten || facts.held == TokenSecretState::NotOwned => failure,
        (_, InputState::Unusable(fault)) => Some(fault),
        _ => failure.filter(|_| !settled(facts, now)),
    }
}

/// Whether the held token is all that is asked for, so that an old failure is past.
fn settled(facts: &Facts, now: Timestamp) -> bool {
    let TokenSecretState::Present(StoredToken { fit: TokenMatch::UpToDate, due, .. }) = &facts.held
    else {
        return false;
    };
    now < *due && facts.inputs == InputState::Unchanged && facts.renewal == RenewalState::None
}

fn ready(
    facts: &Facts,
    fault: Option<&ConnectionError>,
    usable: Option<&StoredToken>,
    waiting: bool,
) -> Statement {
    let say = |status, reason, message: String| Statement { status, reason, message };
    let until = |token: &StoredToken| {
        format!(
            "token valid until {} (TokenIssued, Suspended and RefreshFailed share it; docs/cli.md quotes it)",
            whole_seconds(token.life.expires_at)
        )
    };
    match (facts.activity, usable, fault) {
        (Activity::Suspended, Some(token), _) => say(
            Some(true),
            Reason::Suspended,
            format!("{}; not renewed while spec.suspend is true", until(token)),
        ),
        (Activity::Suspended, None, _) => say(
            Some(false),
            Reason::Suspended,
            "no token is requested while spec.suspend is true: set it to false to go on".to_owned(),
        ),
        _ if facts.held == TokenSecretState::NotOwned => {
            say(Some(false), Reason::SecretConflict, conflict())
        }
        (_, Some(token), None) => say(Some(true), Reason::TokenIssued, until(token)),
        (_, Some(token), Some(fault)) => say(
            Some(true),
            Reason::RefreshFailed,
            format!("{}, but renewing it fails: {}", until(token), fault.message),
        ),
        (_, None, Some(fault)) if waiting => {
            say(Some(false), Reason::AuthorizationRequired, fault.message.clone())
        }
        (_, None, fault) => match (&facts.held, fault) {
            (TokenSecretState::Present(token), Some(fault)) => say(
                Some(false),
                Reason::TokenExpired,
                format!(
                    "token expired at {}: {}",
                    whole_seconds(token.life.expires_at),
                    fault.message
                ),
            ),
            (_, Some(fault)) => say(Some(false), fault.reason, fault.message.clone()),
            (_, None) => say(None, Reason::Progressing, "a token is being requested".to_owned()),
        },
    }
}

fn refreshed(
    facts: &Facts,
    fault: Option<&ConnectionError>,
    certificate_not_after: Option<Timestamp>,
    now: Timestamp,
) -> Statement {
    let say = |status, reason, message: String| Statement { status, reason, message };
    match (facts.activity, &facts.held, fault) {
        (Activity::Suspended, ..) => {
            say(Some(false), Reason::Suspended, "spec.suspend is true".to_owned())
        }
        (_, TokenSecretState::NotOwned, _) => say(Some(false), Reason::SecretConflict, conflict()),
        (_, _, Some(fault)) => say(Some(false), fault.reason, fault.message.clone()),
        (_, TokenSecretState::Absent, None) => {
            say(None, Reason::Progressing, "a token is being requested".to_owned())
        }
        (_, TokenSecretState::Present(_), None) => match certificate_not_after {
            Some(end) if end <= now => say(
                Some(true),
                Reason::CertificateExpired,
                format!(
                    "token issued, but the certificate of the signing key expired at {}: renew it before the provider rejects it",
                    whole_seconds(end)
                ),
            ),
            _ => {
                say(Some(true), Reason::TokenIssued, "the last request brought a token".to_owned())
            }
        },
    }
}

fn conflict() -> String {
    "a Secret of the token Secret's name exists and is not this Connection's: choose another secret.name, or delete that Secret".to_owned()
}

fn next_refresh_at(
    facts: &Facts,
    fault: Option<&ConnectionError>,
    now: Timestamp,
) -> Option<Timestamp> {
    match (facts.activity, fault, &facts.held) {
        (Activity::Deleting | Activity::Suspended, ..) => None,
        (_, Some(_), _) => facts
            .failure
            .as_ref()
            .and_then(|one| one.retry_at)
            .filter(|_| facts.spec == SpecState::Valid),
        (_, None, TokenSecretState::Present(token)) if now < token.due => Some(token.due),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
