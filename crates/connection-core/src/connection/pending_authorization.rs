//! An authorization on the page: who may begin it, and who may bring the provider's answer. Decided
//! from the grant's record alone, so that a compare-and-swap of it decides among replicas.

use jiff::Timestamp;
use thiserror::Error;

use crate::connection::digest::Digest;
use crate::connection::grant::{GrantRecord, PendingAuthorization};

/// Why an authorization may not begin.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum BeginError {
    /// The ticket belongs to the browser that it was first used in.
    #[error("the ticket was used in another browser first")]
    BoundToOtherBrowser,
    /// An authorization with the ticket has ended.
    #[error("the ticket is used up")]
    TicketUsed,
}

/// What becomes of the provider's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResponseCheck {
    /// It came before: its outcome is known, or soon will be.
    Duplicate,
    /// It came too late.
    Expired,
    /// It is the one that is waited for; from now on it is not any more.
    Accepted,
    /// Another authorization was begun since.
    Superseded,
}

/// Whether a browser may begin with a ticket. A browser that has no cookie yet has none to compare.
///
/// # Errors
///
/// Returns why not.
pub fn check_browser(
    record: &GrantRecord,
    ticket: Digest,
    browser: Option<Digest>,
) -> Result<(), BeginError> {
    if record.outcome.as_ref().is_some_and(|one| one.ticket == ticket) {
        return Err(BeginError::TicketUsed);
    }
    let first = record.pending_authorization.as_ref().filter(|one| one.ticket == ticket);
    if first.is_some_and(|one| Some(one.browser) != browser) {
        return Err(BeginError::BoundToOtherBrowser);
    }
    Ok(())
}

/// Begins an authorization. The same browser may begin as often as it likes until there is an
/// outcome; a new ticket replaces an older one's authorization.
///
/// # Errors
///
/// Returns why not; the record stays as it was.
pub fn begin(record: &mut GrantRecord, attempt: PendingAuthorization) -> Result<(), BeginError> {
    check_browser(record, attempt.ticket, Some(attempt.browser))?;
    record.pending_authorization = Some(attempt);
    Ok(())
}

/// Takes the provider's answer to the attempt with this `state`, once.
pub fn accept_response(
    record: &mut GrantRecord,
    wanted: &PendingAuthorization,
    now: Timestamp,
) -> ResponseCheck {
    let open = record.open_authorization(now).is_some();
    let ended = record.outcome.as_ref().is_some_and(|one| one.ticket == wanted.ticket);
    match &mut record.pending_authorization {
        _ if ended => ResponseCheck::Duplicate,
        Some(known) if (known.ticket, known.browser) == (wanted.ticket, wanted.browser) => {
            match known.state {
                None => ResponseCheck::Duplicate,
                state if state != wanted.state => ResponseCheck::Superseded,
                Some(_) if open => {
                    known.state = None;
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
        Digest::of_bytes(text.as_bytes())
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

    fn begun() -> GrantRecord {
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
        GrantRecord { outcome: Some(outcome), ..begun() }
    }

    #[test]
    fn a_ticket_belongs_to_the_first_browser_until_there_is_an_outcome() {
        for (claim, mut record, attempt, expected) in [
            ("nothing was begun", GrantRecord::default(), attempt("t", "b", "s"), Ok(())),
            ("the same browser again", begun(), attempt("t", "b", "s2"), Ok(())),
            ("a new ticket", begun(), attempt("t2", "c", "s2"), Ok(())),
            (
                "another browser",
                begun(),
                attempt("t", "c", "s2"),
                Err(BeginError::BoundToOtherBrowser),
            ),
            ("after the outcome", ended("t"), attempt("t", "b", "s2"), Err(BeginError::TicketUsed)),
            ("a new ticket after an outcome", ended("t"), attempt("t2", "b", "s2"), Ok(())),
        ] {
            let wanted = attempt.clone();
            assert_eq!(begin(&mut record, attempt), expected, "{claim}");
            assert_eq!(record.pending_authorization == Some(wanted), expected.is_ok(), "{claim}");
        }
    }

    #[test]
    fn a_link_is_looked_at_by_any_browser_until_one_begins() {
        let (ticket, browser) = (digest("t"), digest("b"));
        assert_eq!(check_browser(&GrantRecord::default(), ticket, None), Ok(()));
        assert_eq!(check_browser(&begun(), ticket, Some(browser)), Ok(()));
        assert_eq!(check_browser(&begun(), ticket, None), Err(BeginError::BoundToOtherBrowser));
    }

    #[test]
    fn an_answer_is_taken_once_and_only_by_the_attempt_that_waits_for_it() {
        let mut record = begun();
        let wanted = attempt("t", "b", "s");
        assert_eq!(accept_response(&mut record, &wanted, at(1_060)), ResponseCheck::Accepted);
        assert_eq!(
            accept_response(&mut record, &wanted, at(1_061)),
            ResponseCheck::Duplicate,
            "a replay"
        );
        for (claim, mut record, wanted, now, expected) in [
            ("another state", begun(), attempt("t", "b", "x"), 1_060, ResponseCheck::Superseded),
            ("another ticket", begun(), attempt("t2", "b", "s"), 1_060, ResponseCheck::Superseded),
            ("another browser", begun(), attempt("t", "c", "s"), 1_060, ResponseCheck::Superseded),
            (
                "nothing begun",
                GrantRecord::default(),
                wanted.clone(),
                1_060,
                ResponseCheck::Superseded,
            ),
            ("after ten minutes", begun(), wanted.clone(), 1_600, ResponseCheck::Expired),
            ("the outcome is known", ended("t"), wanted.clone(), 1_060, ResponseCheck::Duplicate),
        ] {
            let before = record.clone();
            assert_eq!(accept_response(&mut record, &wanted, at(now)), expected, "{claim}");
            assert_eq!(record, before, "{claim}: nothing is taken");
        }
    }
}
