//! The ticket: proof that whoever begins an authorization may change the Connection. Its digest
//! stands on the Connection, put there by that person's own rights; the ticket itself nowhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::connection::digest::Digest;
use crate::connection::grant::PATIENCE;

/// What stands on the Connection of a ticket.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRecord {
    /// The ticket's digest.
    pub digest: Digest,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
    /// The generation of the spec that it was made for.
    pub generation: i64,
    /// Who made it, as that person's own plugin says: for people, not for decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
}

/// Why a ticket does not count.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum TicketError {
    /// The spec was changed since.
    #[error("the Connection was changed after the ticket was made")]
    Changed,
    /// Its ten minutes are over, or it claims to have more.
    #[error("the ticket has expired")]
    Expired,
    /// It is not the one that stands on the Connection.
    #[error("the ticket is not the Connection's")]
    Unknown,
}

/// Makes a ticket of 256 bits of randomness.
#[must_use]
pub fn ticket(randomness: [u8; 32]) -> SecretString {
    URL_SAFE_NO_PAD.encode(randomness).into()
}

/// The digest that stands for a ticket.
#[must_use]
pub fn digest(ticket: &SecretString) -> Digest {
    Digest::of_bytes(ticket.expose_secret().as_bytes())
}

impl TicketRecord {
    /// The note of a ticket that is made at `now`.
    #[must_use]
    pub fn of(
        ticket: &SecretString,
        generation: i64,
        requested_by: Option<String>,
        now: Timestamp,
    ) -> Self {
        let expires_at = now.checked_add(PATIENCE).unwrap_or(now);
        Self { digest: digest(ticket), expires_at, generation, requested_by }
    }

    /// Reads the annotation; one that cannot be read is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The annotation's text.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks a ticket at `now` against the Connection's current generation.
    ///
    /// # Errors
    ///
    /// Returns why it does not count.
    pub fn check(
        &self,
        ticket: &SecretString,
        generation: i64,
        now: Timestamp,
    ) -> Result<(), TicketError> {
        // The digest of a guess tells nothing of the ticket, so comparing may take what time it takes.
        if digest(ticket) != self.digest {
            return Err(TicketError::Unknown);
        }
        let left = self.expires_at.duration_since(now);
        // A minute for a clock of the person's machine that is ahead.
        let longest = PATIENCE + jiff::SignedDuration::from_mins(1);
        if left.is_negative() || left.is_zero() || left > longest {
            Err(TicketError::Expired)
        } else if generation != self.generation {
            Err(TicketError::Changed)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_counts_for_ten_minutes_and_for_the_spec_that_it_was_made_for() {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        let ticket = ticket([7; 32]);
        let note = TicketRecord::of(&ticket, 3, None, now);
        let note = TicketRecord::read(&note.write()).unwrap();
        let after = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        for (claim, ticket, generation, at, expected) in [
            ("at once", &ticket, 3, after(1), Ok(())),
            ("nearly too late", &ticket, 3, after(599), Ok(())),
            ("too late", &ticket, 3, after(600), Err(TicketError::Expired)),
            ("valid for too long", &ticket, 3, after(-600), Err(TicketError::Expired)),
            ("another spec", &ticket, 4, after(1), Err(TicketError::Changed)),
            ("another ticket", &super::ticket([8; 32]), 3, after(1), Err(TicketError::Unknown)),
        ] {
            assert_eq!(note.check(ticket, generation, at), expected, "{claim}");
        }
    }

    #[test]
    fn the_note_does_not_hold_the_ticket() {
        let ticket = ticket([7; 32]);
        let now = "2026-05-04T09:00:00Z".parse().unwrap();
        let note = TicketRecord::of(&ticket, 1, Some("ada".to_owned()), now).write();
        assert!(!note.contains(ticket.expose_secret()));
    }
}
