//! The authorization code grant (RFC 6749 section 4.1) with PKCE, pushed requests, rotating refresh
//! tokens and revocation: off until [`crate::simulator::Simulator::grant_codes`].
//!
//! Consent is given at once, or as configured. It records every code and every
//! generation of every refresh token, and knows nothing of the operator.

mod authorization;
mod book;
pub mod consent;
mod control;
mod exchange;
pub mod presentation;
mod resources;
pub mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::simulator::behavior::Behavior;
use crate::simulator::grants::book::Book;
pub(super) use crate::simulator::grants::book::Flight;
use crate::simulator::grants::consent::Consent;
use crate::simulator::grants::settings::{Client, Settings};
use crate::simulator::ledger::{Outcome, TokenRequest};

/// Everything that the flow keeps.
pub(super) struct Grants {
    issuer: String,
    settings: Settings,
    consent: Consent,
    book: Book,
    /// Pushed requests by their `request_uri`.
    pushed: HashMap<String, Vec<(String, String)>>,
}

/// What to do with a request.
pub(super) enum Reply {
    /// An access token, with these further fields.
    Tokens { family: usize, fields: Map<String, Value>, flight: Flight },
    /// Anything else.
    Answer(Behavior, Outcome),
}

impl Reply {
    fn answer(status: u16, behavior: Behavior) -> Self {
        Self::Answer(behavior, Outcome::Scripted(status))
    }

    fn refusal(status: u16, error: &str, reason: &str) -> Self {
        let behavior = Behavior::described_error(status, error, reason);
        Self::Answer(behavior, Outcome::Refused(reason.into()))
    }

    /// To one who is no client, or does not prove to be one.
    fn stranger(why: &str) -> Self {
        Self::refusal(401, "invalid_client", why)
    }
}

impl Grants {
    fn new(issuer: String, settings: Settings) -> Self {
        let consent = Consent::granted();
        Self { issuer, settings, consent, book: Book::default(), pushed: HashMap::new() }
    }

    /// What to do with a request; none if it is not of this flow.
    pub(super) fn reply(&mut self, request: &TokenRequest, now: Timestamp) -> Option<Reply> {
        match &*request.path {
            "/authorize" => Some(self.authorize(request, now)),
            "/par" => Some(self.push(request)),
            "/revoke" => Some(self.revoke(request)),
            "/userinfo" => Some(self.user_info(request)),
            "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration" => {
                Some(self.metadata())
            }
            _ => self.exchange(request, now),
        }
    }

    /// Notes an access token of a family.
    pub(super) fn issued(&mut self, family: usize, access_token: &str) {
        self.book.issued(family, access_token);
    }

    /// The client that a request is of, once it has shown its secret (RFC 6749 section 2.3.1).
    fn client(&self, request: &TokenRequest) -> Result<Client, &'static str> {
        let id = request.client_id().or_else(|| request.issuer()).ok_or("no client id")?;
        let client = self.settings.client(&id).ok_or("unknown client")?;
        let shown = request.basic().map(|(_, secret)| secret);
        let shown = shown.or_else(|| request.parameter("client_secret"));
        if client.secret.is_some() && client.secret != shown {
            return Err("wrong client secret");
        }
        Ok(client.clone())
    }
}
