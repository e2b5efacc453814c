//! What is known of a person's consent: everything that a decision of the Authorization Code flow
//! may depend on beside the facts of every flow.

use jiff::{SignedDuration, Timestamp};

use crate::connection::error::ConnectionError;
use crate::connection::grant::{AuthorizationOutcome, PATIENCE};
use crate::connection::reason::Reason;

/// What is known of a person's consent.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; none excludes another"
)]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantFacts {
    /// The grant.
    pub grant: GrantState,
    /// Whether the grant Secret holds a token that the token Secret does not.
    pub unpublished: bool,
    /// Whether the grant Secret's owner is what `onDelete` asks for.
    pub owner_matches: bool,
    /// What was handed over and waits.
    pub handoff: Option<HandedOver>,
    /// Whether a refresh token waits to be imported.
    pub import: bool,
    /// Whether the place to send the person to is known.
    pub endpoint_known: bool,
    /// Whether the spec asks for scopes that were not consented to.
    pub wider: bool,
    /// When an authorization was begun that is not finished.
    pub begun_at: Option<Timestamp>,
    /// When consent was given last.
    pub consented_at: Option<Timestamp>,
    /// When the provider declared the grant dead.
    pub dead_since: Option<Timestamp>,
    /// What the last authorization came to.
    pub outcome: Option<AuthorizationOutcome>,
    /// When the grant expires, where that is known.
    pub expires_at: Option<Timestamp>,
    /// Since when that is known.
    pub expiry_announced_at: Option<Timestamp>,
}

/// The grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantState {
    /// There is none.
    Absent,
    /// It can be used.
    Active,
    /// It can be used, and somebody else is using it until then.
    Claimed(Timestamp),
    /// The provider does not accept it any more.
    Invalidated,
    /// Another's Secret stands under its name.
    NotOwned,
    /// It was issued to another client, or by another endpoint, than the spec names now.
    BindingMismatch,
    /// The provider gave an access token and no refresh token: it cannot be renewed.
    NoRefreshToken,
}

/// What was handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HandedOver {
    /// What the provider answered to an authorization request.
    AuthorizationResponse,
    /// An authorization request to be pushed.
    AuthorizationRequest,
}

/// How long before its end a grant is said to expire.
const NOTICE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl GrantFacts {
    /// Whether only a person can go on.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        !matches!(self.grant, GrantState::Active | GrantState::Claimed(_)) && !self.import
    }

    /// The last authorization's failure, unless consent was given or the grant died since.
    #[must_use]
    pub fn failed(&self) -> Option<&AuthorizationOutcome> {
        let failed = self.outcome.as_ref().filter(|one| one.reason != Reason::Authorized);
        failed.filter(|one| self.is_after_last_change(one.at))
    }

    /// Whether what happened then came after the grant's last news.
    fn is_after_last_change(&self, at: Timestamp) -> bool {
        [self.consented_at, self.dead_since].into_iter().flatten().all(|before| before < at)
    }

    /// When the begun authorization can no longer be finished; none where that is past.
    #[must_use]
    pub fn authorization_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.begun_at?.checked_add(PATIENCE).ok().filter(|end| now < *end)
    }

    /// Whether the grant expires soon: within a week, and within the last quarter of its life, which
    /// one that each refresh prolongs never reaches.
    #[must_use]
    pub fn expires_soon(&self, now: Timestamp) -> bool {
        let Some(end) = self.expires_at else { return false };
        let told_at = self.expiry_announced_at.or(self.consented_at);
        let quarter = told_at.map_or(NOTICE, |at| end.duration_since(at) / 4);
        end.duration_since(now) < NOTICE.min(quarter)
    }

    /// Why there is no grant that can be used; none where there is one.
    #[must_use]
    pub fn fault(&self, now: Timestamp) -> Option<ConnectionError> {
        if !self.needs_user() {
            return None;
        }
        let (reason, what) = match (self.grant, self.failed()) {
            (GrantState::NotOwned, _) => {
                let message = "a Secret of the grant Secret's name exists and is not this Connection's: delete it, or choose another name for the Connection";
                return Some(ConnectionError::on_change(Reason::SecretConflict, message));
            }
            _ if self.authorization_deadline(now).is_some() => {
                (Reason::AuthorizationPending, "authorization in progress: finish it in the browser in which it was started".to_owned())
            }
            (_, Some(outcome)) if self.begun_at.is_none_or(|begun| begun < outcome.at) => (outcome.reason, outcome.message.clone()),
            _ if self.begun_at.is_some_and(|at| self.is_after_last_change(at)) => {
                (Reason::AuthorizationTimedOut, "authorization was not finished within 10 minutes".to_owned())
            }
            (GrantState::Invalidated, _) => {
                (Reason::GrantExpired, "the provider rejected the refresh token".to_owned())
            }
            (GrantState::BindingMismatch, _) => {
                (Reason::GrantMismatch, "the grant was issued to another client or by another endpoint than the spec names now, and is not sent".to_owned())
            }
            (GrantState::NoRefreshToken, _) => {
                (Reason::AuthorizationRequired, "the provider issued no refresh token, so a user must consent for each new token; request one with the provider's scope or parameter for offline access".to_owned())
            }
            _ => (Reason::AuthorizationRequired, "consent is required".to_owned()),
        };
        let message = match reason {
            Reason::AuthorizationPending => what,
            _ => format!(
                "{what}: run `kubectl connection authorize` with this Connection's name and namespace"
            ),
        };
        Some(ConnectionError::on_change(reason, message))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::connection::digest::Digest;

    /// Facts of a healthy grant.
    pub(crate) fn alive() -> GrantFacts {
        GrantFacts {
            grant: GrantState::Active,
            unpublished: false,
            owner_matches: true,
            handoff: None,
            import: false,
            endpoint_known: true,
            wider: false,
            begun_at: None,
            consented_at: None,
            dead_since: None,
            outcome: None,
            expires_at: None,
            expiry_announced_at: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
    fn denied(second: i64) -> Option<AuthorizationOutcome> {
        Some(AuthorizationOutcome {
            ticket: Digest::of_bytes(b"t"),
            at: at(second),
            reason: Reason::AuthorizationDenied,
            message: "denied".to_owned(),
            exchanging: false,
        })
    }

    #[expect(clippy::too_many_lines, reason = "a table of sentences")]
    #[test]
    fn each_state_without_a_usable_grant_has_its_word() {
        let absent = || GrantFacts { grant: GrantState::Absent, ..alive() };
        let cases = [
            ("a grant that can be used", alive(), None),
            (
                "one that somebody is using",
                GrantFacts { grant: GrantState::Claimed(at(1_010)), ..alive() },
                None,
            ),
            ("an import that waits", GrantFacts { import: true, ..absent() }, None),
            ("no grant", absent(), Some(Reason::AuthorizationRequired)),
            (
                "begun a minute ago",
                GrantFacts { begun_at: Some(at(940)), ..absent() },
                Some(Reason::AuthorizationPending),
            ),
            (
                "begun eleven minutes ago",
                GrantFacts { begun_at: Some(at(340)), ..absent() },
                Some(Reason::AuthorizationTimedOut),
            ),
            (
                "denied",
                GrantFacts { outcome: denied(900), ..absent() },
                Some(Reason::AuthorizationDenied),
            ),
            (
                "denied, and begun again",
                GrantFacts { outcome: denied(900), begun_at: Some(at(940)), ..absent() },
                Some(Reason::AuthorizationPending),
            ),
            (
                "denied, begun again, and not finished",
                GrantFacts { outcome: denied(100), begun_at: Some(at(200)), ..absent() },
                Some(Reason::AuthorizationTimedOut),
            ),
            (
                "dead",
                GrantFacts { grant: GrantState::Invalidated, ..alive() },
                Some(Reason::GrantExpired),
            ),
            (
                "dead, long after somebody denied and somebody began",
                GrantFacts {
                    grant: GrantState::Invalidated,
                    outcome: denied(100),
                    begun_at: Some(at(200)),
                    dead_since: Some(at(900)),
                    ..alive()
                },
                Some(Reason::GrantExpired),
            ),
            (
                "of another client",
                GrantFacts { grant: GrantState::BindingMismatch, ..alive() },
                Some(Reason::GrantMismatch),
            ),
            (
                "another's Secret",
                GrantFacts { grant: GrantState::NotOwned, ..alive() },
                Some(Reason::SecretConflict),
            ),
        ];
        for (claim, facts, expected) in cases {
            assert_eq!(facts.fault(at(1_000)).map(|one| one.reason), expected, "{claim}");
        }
    }

    #[test]
    fn an_old_failure_is_past_once_consent_was_given() {
        let dead = GrantFacts {
            grant: GrantState::Invalidated,
            outcome: denied(900),
            consented_at: Some(at(950)),
            ..alive()
        };
        assert_eq!(dead.fault(at(1_000)).map(|one| one.reason), Some(Reason::GrantExpired));
    }

    #[test]
    fn only_an_end_that_no_refresh_puts_off_is_announced() {
        let (minute, day) = (60, 86_400);
        let soon = |life: i64, left: i64| {
            let (told_at, end) = (at(day), at(day + life));
            let facts =
                GrantFacts { expires_at: Some(end), expiry_announced_at: Some(told_at), ..alive() };
            facts.expires_soon(at(day + life - left))
        };
        for (claim, life, left, expected) in [
            ("90 days, a month left", 90 * day, 30 * day, false),
            ("90 days, six days left", 90 * day, 6 * day, true),
            ("a day, 12 hours left", day, day / 2, false),
            ("a day, 5 hours left", day, day * 5 / 24, true),
            ("half an hour, refreshed at two thirds", 30 * minute, 10 * minute, false),
        ] {
            assert_eq!(soon(life, left), expected, "{claim}");
        }
    }
}
