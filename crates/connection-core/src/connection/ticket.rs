//! The ticket proves that the user who starts an authorization may change the Connection: the plugin
//! writes its digest to the Connection with that user's permissions. The ticket itself is not stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::connection::digest::Digest;
use crate::connection::grant::AUTHORIZATION_TIMEOUT;

/// The record of a ticket, an annotation of the Connection.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRecord {
    pub digest: Digest,
    pub expires_at: Timestamp,
    /// The generation of the Connection that the ticket is valid for.
    pub generation: i64,
    /// The user who requested the ticket, as the plugin reports it: informational, not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
}

/// Why a ticket is invalid.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum TicketError {
    /// The spec has changed since.
    #[error("the Connection has changed since the ticket was created")]
    Changed,
    /// 10 minutes have passed, or the record claims a longer validity.
    #[error("the ticket has expired")]
    Expired,
    /// The digest is not that of the annotation.
    #[error("the ticket does not belong to the Connection")]
    Unknown,
}

/// Encodes a ticket of 256 random bits.
pub fn ticket(randomness: [u8; 32]) -> SecretString {
    URL_SAFE_NO_PAD.encode(randomness).into()
}

pub fn ticket_digest(ticket: &SecretString) -> Digest {
    Digest::from_bytes(ticket.expose_secret().as_bytes())
}

impl TicketRecord {
    /// Creates the record of a ticket that is created at `now`.
    pub fn new(
        ticket: &SecretString,
        generation: i64,
        requested_by: Option<String>,
        now: Timestamp,
    ) -> Self {
        // Fails only at the end of the calendar; the ticket is then expired at once.
        let expires_at = now.checked_add(AUTHORIZATION_TIMEOUT).unwrap_or(now);
        Self { digest: ticket_digest(ticket), expires_at, generation, requested_by }
    }

    /// Parses the annotation. An invalid one reads as absent.
    pub fn from_annotation(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn to_annotation(&self) -> String {
        // Cannot fail: the record contains no map.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks a ticket at `now` against the Connection's current generation.
    ///
    /// # Errors
    ///
    /// Returns why the ticket is invalid.
    pub fn check(
        &self,
        ticket: &SecretString,
        generation: i64,
        now: Timestamp,
    ) -> Result<(), TicketError> {
        // The digest of a guess reveals nothing of the ticket, so the comparison need not be constant-time.
        if ticket_digest(ticket) != self.digest {
            return Err(TicketError::Unknown);
        }
        let left = self.expires_at.duration_since(now);
        // Allows the clock of the user's machine to be one minute ahead.
        let longest = AUTHORIZATION_TIMEOUT + jiff::SignedDuration::from_mins(1);
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
    fn a_ticket_is_valid_for_10_minutes_and_for_one_generation() {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        let ticket = ticket([7; 32]);
        let record = TicketRecord::new(&ticket, 3, None, now);
        let record = TicketRecord::from_annotation(&record.to_annotation()).unwrap();
        let after = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        for (case, ticket, generation, at, expected) in [
            ("immediately", &ticket, 3, after(1), Ok(())),
            ("just before the expiry", &ticket, 3, after(599), Ok(())),
            ("expired", &ticket, 3, after(600), Err(TicketError::Expired)),
            ("valid for too long", &ticket, 3, after(-600), Err(TicketError::Expired)),
            ("another spec", &ticket, 4, after(1), Err(TicketError::Changed)),
            ("another ticket", &super::ticket([8; 32]), 3, after(1), Err(TicketError::Unknown)),
        ] {
            assert_eq!(record.check(ticket, generation, at), expected, "{case}");
        }
    }

    #[test]
    fn the_record_does_not_contain_the_ticket() {
        let ticket = ticket([7; 32]);
        let now = "2026-05-04T09:00:00Z".parse().unwrap();
        let record = TicketRecord::new(&ticket, 1, Some("ada".to_owned()), now).to_annotation();
        assert!(!record.contains(ticket.expose_secret()));
    }
}
