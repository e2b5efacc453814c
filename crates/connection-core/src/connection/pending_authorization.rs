//! Decides who may start an authorization on the consent page, and which authorization response is
//! accepted. The decisions depend on the grant's record alone, so that a compare-and-swap of it
//! serializes the replicas.

use jiff::Timestamp;
use thiserror::Error;

use crate::connection::digest::Digest;
use crate::connection::grant::{GrantRecord, PendingAuthorization};

/// Why an authorization cannot start.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum BeginError {
    /// The ticket is bound to the browser that used it first.
    #[error("the ticket was already used in another browser")]
    BoundToOtherBrowser,
    /// An authorization with the ticket has an outcome.
    #[error("the ticket was already used")]
    TicketUsed,
}

/// Whether an authorization response is accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResponseCheck {
    /// The response was accepted before.
    Duplicate,
    /// The authorization has timed out.
    Expired,
    /// The response is accepted, once.
    Accepted,
    /// Another authorization was started since.
    Superseded,
}

/// Checks that a browser may use a ticket. `browser` is the digest of its cookie, if it has one.
///
/// # Errors
///
/// Returns an error if the ticket was used, or is bound to another browser.
pub fn check_browser(
    record: &GrantRecord,
    ticket: Digest,
    browser: Option<Digest>,
) -> Result<(), BeginError> {
    // A failed authorization uses up the ticket too.
    if record.outcome.as_ref().is_some_and(|outcome| outcome.ticket == ticket) {
        return Err(BeginError::TicketUsed);
    }
    // One of another ticket is no obstacle, because a new ticket replaces it.
    let first = record.pending_authorization.as_ref().filter(|pending| pending.ticket == ticket);
    // Otherwise a leaked link would let another browser take over the authorization.
    if first.is_some_and(|pending| Some(pending.browser) != browser) {
        return Err(BeginError::BoundToOtherBrowser);
    }
    Ok(())
}

/// Starts an authorization. The same browser may start again until there is an outcome. A new ticket
/// replaces the pending authorization.
///
/// # Errors
///
/// Returns the error of [`check_browser`], and does not change the record.
pub fn start(record: &mut GrantRecord, attempt: PendingAuthorization) -> Result<(), BeginError> {
    check_browser(record, attempt.ticket, Some(attempt.browser))?;
    record.pending_authorization = Some(attempt);
    Ok(())
}

/// Accepts the authorization response of the `expected` authorization, once.
pub fn accept_response(
    record: &mut GrantRecord,
    expected: &PendingAuthorization,
    now: Timestamp,
) -> ResponseCheck {
    // Before the match, which borrows the record mutably.
    let open = record.open_authorization(now).is_some();
    let ended = record.outcome.as_ref().is_some_and(|outcome| outcome.ticket == expected.ticket);
    match &mut record.pending_authorization {
        // A code that is exchanged twice may cost its tokens (RFC 6749 section 4.1.2).
        _ if ended => ResponseCheck::Duplicate,
        Some(pending)
            if (pending.ticket, pending.browser) == (expected.ticket, expected.browser) =>
        {
            match pending.state {
                None => ResponseCheck::Duplicate,
                // The same browser has started again since.
                state if state != expected.state => ResponseCheck::Superseded,
                Some(_) if open => {
                    // The compare-and-swap of this change lets only one replica accept the
                    // response.
                    pending.state = None;
                    ResponseCheck::Accepted
                }
                Some(_) => ResponseCheck::Expired,
            }
        }
        _ => ResponseCheck::Superseded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::grant::AuthorizationOutcome;
    use crate::connection::reason::Reason;

    fn digest(text: &str) -> Digest {
        Digest::from_bytes(text.as_bytes())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn attempt(ticket: &str, browser: &str, state: &str) -> PendingAuthorization {
        PendingAuthorization {
            ticket: digest(ticket),
            browser: digest(browser),
            state: Some(digest(state)),
            begun_at: at(1_000),
        }
    }

    fn started() -> GrantRecord {
        GrantRecord {
            pending_authorization: Some(attempt("t", "b", "s")),
            ..GrantRecord::default()
        }
    }

    fn ended(ticket: &str) -> GrantRecord {
        let outcome = AuthorizationOutcome {
            ticket: digest(ticket),
            at: at(1_010),
            reason: Reason::Authorized,
            message: String::new(),
            exchanging: false,
        };
        GrantRecord { outcome: Some(outcome), ..started() }
    }

    #[test]
    fn a_ticket_is_bound_to_the_first_browser_until_there_is_an_outcome() {
        for (case, mut record, attempt, expected) in [
            ("nothing is pending", GrantRecord::default(), attempt("t", "b", "s"), Ok(())),
            ("the same browser again", started(), attempt("t", "b", "s2"), Ok(())),
            ("a new ticket", started(), attempt("t2", "c", "s2"), Ok(())),
            (
                "another browser",
                started(),
                attempt("t", "c", "s2"),
                Err(BeginError::BoundToOtherBrowser),
            ),
            ("after the outcome", ended("t"), attempt("t", "b", "s2"), Err(BeginError::TicketUsed)),
            ("a new ticket after an outcome", ended("t"), attempt("t2", "b", "s2"), Ok(())),
        ] {
            let wanted = attempt.clone();
            assert_eq!(start(&mut record, attempt), expected, "{case}");
            assert_eq!(record.pending_authorization == Some(wanted), expected.is_ok(), "{case}");
        }
    }

    #[test]
    fn any_browser_can_open_a_link_until_one_starts_the_authorization() {
        let (ticket, browser) = (digest("t"), digest("b"));
        assert_eq!(check_browser(&GrantRecord::default(), ticket, None), Ok(()));
        assert_eq!(check_browser(&started(), ticket, Some(browser)), Ok(()));
        assert_eq!(check_browser(&started(), ticket, None), Err(BeginError::BoundToOtherBrowser));
    }

    #[test]
    fn a_response_is_accepted_once_and_only_for_the_pending_authorization() {
        let mut record = started();
        let wanted = attempt("t", "b", "s");
        assert_eq!(accept_response(&mut record, &wanted, at(1_060)), ResponseCheck::Accepted);
        assert_eq!(
            accept_response(&mut record, &wanted, at(1_061)),
            ResponseCheck::Duplicate,
            "a replay"
        );
        for (case, mut record, wanted, now, expected) in [
            ("another state", started(), attempt("t", "b", "x"), 1_060, ResponseCheck::Superseded),
            (
                "another ticket",
                started(),
                attempt("t2", "b", "s"),
                1_060,
                ResponseCheck::Superseded,
            ),
            (
                "another browser",
                started(),
                attempt("t", "c", "s"),
                1_060,
                ResponseCheck::Superseded,
            ),
            (
                "nothing is pending",
                GrantRecord::default(),
                wanted.clone(),
                1_060,
                ResponseCheck::Superseded,
            ),
            ("after 10 minutes", started(), wanted.clone(), 1_600, ResponseCheck::Expired),
            ("the outcome is known", ended("t"), wanted.clone(), 1_060, ResponseCheck::Duplicate),
        ] {
            let before = record.clone();
            assert_eq!(accept_response(&mut record, &wanted, at(now)), expected, "{case}");
            assert_eq!(record, before, "{case}: the record is unchanged");
        }
    }
}
