//! The grant of a connection: what the decisions of the Authorization Code flow depend on, in
//! addition to the facts of every flow.

use jiff::{SignedDuration, Timestamp};

use crate::connection::error::ConnectionError;
use crate::connection::grant::{AUTHORIZATION_TIMEOUT, AuthorizationOutcome};
use crate::connection::reason::Reason;

/// The grant and everything that happens to it.
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantFacts {
    pub secret_name: String,
    pub state: GrantState,
    /// The grant Secret holds a token that the token Secret lacks.
    pub unpublished: bool,
    /// The owner of the grant Secret is as `onDelete` requires.
    pub owner_matches: bool,
    /// A handoff that has not been processed.
    pub handoff: Option<HandoffKind>,
    /// A refresh token has not been imported yet.
    pub import: bool,
    /// The authorization endpoint is known.
    pub endpoint_known: bool,
    /// `spec.scopes` exceeds the scopes of the consent.
    pub exceeds_consent: bool,
    /// When the pending authorization was started.
    pub started_at: Option<Timestamp>,
    /// When consent was last given.
    pub consented_at: Option<Timestamp>,
    /// When the provider rejected the refresh token.
    pub invalidated_at: Option<Timestamp>,
    /// The outcome of the last authorization.
    pub outcome: Option<AuthorizationOutcome>,
    /// When the grant expires, if known.
    pub expires_at: Option<Timestamp>,
    /// When the provider first announced that expiry.
    pub expiry_announced_at: Option<Timestamp>,
}

/// Whether the grant can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantState {
    Absent,
    Active,
    /// Another replica is sending the refresh token; its claim ends at this time.
    Claimed(Timestamp),
    /// The provider rejected the refresh token.
    Invalidated,
    /// A Secret with the name of the grant Secret exists and is not managed by the Connection.
    NotOwned,
    /// The grant belongs to a different client or endpoint than the spec.
    BindingMismatch,
    /// The provider issued no refresh token, so the access token cannot be renewed.
    NoRefreshToken,
}

/// The content of a handoff Secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HandoffKind {
    /// The provider's response to an authorization request (RFC 6749 section 4.1.2).
    AuthorizationResponse,
    /// An authorization request to push (RFC 9126).
    AuthorizationRequest,
}

impl HandoffKind {
    /// Returns the value of the handoff annotation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationResponse => "AuthorizationResponse",
            Self::AuthorizationRequest => "AuthorizationRequest",
        }
    }

    /// Parses the value of the handoff annotation.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::AuthorizationResponse, Self::AuthorizationRequest]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// How long before its expiry a grant is reported as expiring.
const EXPIRY_NOTICE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl GrantFacts {
    /// Returns true if a user must authorize the connection.
    pub fn needs_user(&self) -> bool {
        // An import creates the grant without a user.
        !matches!(self.state, GrantState::Active | GrantState::Claimed(_)) && !self.import
    }

    /// Returns the failure of the last authorization, unless the grant has changed since.
    pub fn failed_outcome(&self) -> Option<&AuthorizationOutcome> {
        let failed = self.outcome.as_ref().filter(|outcome| outcome.reason != Reason::Authorized);
        failed.filter(|outcome| self.is_after_last_change(outcome.at))
    }

    fn is_after_last_change(&self, at: Timestamp) -> bool {
        [self.consented_at, self.invalidated_at].into_iter().flatten().all(|change| change < at)
    }

    /// Returns when the pending authorization expires; none if it has expired.
    pub fn authorization_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.started_at?.checked_add(AUTHORIZATION_TIMEOUT).ok().filter(|end| now < *end)
    }

    /// Returns true in the last week of the grant, and in the last quarter of a shorter lifetime.
    /// A grant that each refresh prolongs never gets that far.
    pub fn expires_soon(&self, now: Timestamp) -> bool {
        let Some(end) = self.expires_at else { return false };
        let announced_at = self.expiry_announced_at.or(self.consented_at);
        // Without a start the lifetime is unknown, so the notice is not shortened.
        let quarter = announced_at.map_or(EXPIRY_NOTICE, |at| end.duration_since(at) / 4);
        end.duration_since(now) < EXPIRY_NOTICE.min(quarter)
    }

    /// Returns why the grant cannot be used.
    pub fn error(&self, now: Timestamp) -> Option<ConnectionError> {
        if !self.needs_user() {
            return None;
        }
        // First, because the grant of a finished authorization could not be saved.
        if self.state == GrantState::NotOwned {
            let message = format!(
                "Secret \"{}\" already exists and is not managed by this Connection: delete it, or choose another name for the Connection",
                self.secret_name
            );
            return Some(ConnectionError::on_change(Reason::SecretConflict, message));
        }
        // An earlier failure is obsolete when the user has started again.
        if self.authorization_deadline(now).is_some() {
            let message =
                "authorization in progress: finish it in the browser in which it was started";
            return Some(ConnectionError::on_change(Reason::AuthorizationPending, message));
        }
        let (reason, cause) = self.cause();
        let message = format!(
            "{cause}: run `kubectl connection authorize` with this Connection's name and namespace"
        );
        Some(ConnectionError::on_change(reason, message))
    }

    /// Returns why a user must authorize the connection, the latest event first.
    fn cause(&self) -> (Reason, &str) {
        // A start after the outcome belongs to a later authorization, which the next branch
        // reports.
        if let Some(outcome) = self
            .failed_outcome()
            .filter(|outcome| self.started_at.is_none_or(|start| start < outcome.at))
        {
            return (outcome.reason, &outcome.message);
        }
        // `error` has excluded a pending authorization, so this one has timed out.
        if self.started_at.is_some_and(|start| self.is_after_last_change(start)) {
            return (
                Reason::AuthorizationTimedOut,
                "authorization was not finished within 10 minutes",
            );
        }
        match self.state {
            GrantState::Invalidated => {
                (Reason::GrantExpired, "the provider rejected the refresh token")
            }
            GrantState::BindingMismatch => (
                Reason::GrantMismatch,
                "the grant belongs to a different client or endpoint than the spec; it will not be used",
            ),
            GrantState::NoRefreshToken => (
                Reason::AuthorizationRequired,
                "the provider issued no refresh token, so a user must consent for each new token; request one with the provider's scope or parameter for offline access",
            ),
            // Only `Absent` remains: `error` handles the other states.
            _ => (Reason::AuthorizationRequired, "consent is required"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::connection::digest::Digest;

    pub(crate) fn active() -> GrantFacts {
        GrantFacts {
            secret_name: "crm-grant".to_owned(),
            state: GrantState::Active,
            unpublished: false,
            owner_matches: true,
            handoff: None,
            import: false,
            endpoint_known: true,
            exceeds_consent: false,
            started_at: None,
            consented_at: None,
            invalidated_at: None,
            outcome: None,
            expires_at: None,
            expiry_announced_at: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "the callers need an option")]
    fn denied(second: i64) -> Option<AuthorizationOutcome> {
        Some(AuthorizationOutcome {
            ticket: Digest::from_bytes(b"t"),
            at: at(second),
            reason: Reason::AuthorizationDenied,
            message: "denied".to_owned(),
            exchanging: false,
        })
    }

    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    #[test]
    fn each_state_without_a_usable_grant_has_a_reason() {
        let absent = || GrantFacts { state: GrantState::Absent, ..active() };
        let cases = [
            ("a grant that can be used", active(), None),
            (
                "a grant that another replica uses",
                GrantFacts { state: GrantState::Claimed(at(1_010)), ..active() },
                None,
            ),
            ("a pending import", GrantFacts { import: true, ..absent() }, None),
            ("no grant", absent(), Some(Reason::AuthorizationRequired)),
            (
                "started a minute ago",
                GrantFacts { started_at: Some(at(940)), ..absent() },
                Some(Reason::AuthorizationPending),
            ),
            (
                "started 11 minutes ago",
                GrantFacts { started_at: Some(at(340)), ..absent() },
                Some(Reason::AuthorizationTimedOut),
            ),
            (
                "denied",
                GrantFacts { outcome: denied(900), ..absent() },
                Some(Reason::AuthorizationDenied),
            ),
            (
                "denied, and started again",
                GrantFacts { outcome: denied(900), started_at: Some(at(940)), ..absent() },
                Some(Reason::AuthorizationPending),
            ),
            (
                "denied, started again, and not finished",
                GrantFacts { outcome: denied(100), started_at: Some(at(200)), ..absent() },
                Some(Reason::AuthorizationTimedOut),
            ),
            (
                "invalidated",
                GrantFacts { state: GrantState::Invalidated, ..active() },
                Some(Reason::GrantExpired),
            ),
            (
                "invalidated after a denied and a started authorization",
                GrantFacts {
                    state: GrantState::Invalidated,
                    outcome: denied(100),
                    started_at: Some(at(200)),
                    invalidated_at: Some(at(900)),
                    ..active()
                },
                Some(Reason::GrantExpired),
            ),
            (
                "belongs to another client",
                GrantFacts { state: GrantState::BindingMismatch, ..active() },
                Some(Reason::GrantMismatch),
            ),
            (
                "the Secret is not owned",
                GrantFacts { state: GrantState::NotOwned, ..active() },
                Some(Reason::SecretConflict),
            ),
        ];
        for (case, facts, expected) in cases {
            assert_eq!(facts.error(at(1_000)).map(|error| error.reason), expected, "{case}");
        }
    }

    #[test]
    fn a_failure_before_the_last_consent_is_ignored() {
        let invalidated = GrantFacts {
            state: GrantState::Invalidated,
            outcome: denied(900),
            consented_at: Some(at(950)),
            ..active()
        };
        assert_eq!(
            invalidated.error(at(1_000)).map(|error| error.reason),
            Some(Reason::GrantExpired)
        );
    }

    #[test]
    fn only_an_expiry_that_refreshes_do_not_postpone_is_reported() {
        let (minute, day) = (60, 86_400);
        let soon = |lifetime: i64, left: i64| {
            let (announced_at, end) = (at(day), at(day + lifetime));
            let facts = GrantFacts {
                expires_at: Some(end),
                expiry_announced_at: Some(announced_at),
                ..active()
            };
            facts.expires_soon(at(day + lifetime - left))
        };
        for (case, lifetime, left, expected) in [
            ("90 days, a month left", 90 * day, 30 * day, false),
            ("90 days, six days left", 90 * day, 6 * day, true),
            ("a day, 12 hours left", day, day / 2, false),
            ("a day, 5 hours left", day, day * 5 / 24, true),
            ("half an hour, refreshed at two thirds", 30 * minute, 10 * minute, false),
        ] {
            assert_eq!(soon(lifetime, left), expected, "{case}");
        }
    }
}
