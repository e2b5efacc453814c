//! The account of codes and refresh tokens, as tests read it.

use std::fmt;

use jiff::Timestamp;

/// A code or a refresh token that was presented at the token endpoint by a client that showed its
/// secret.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// When the request was there in full.
    pub at: Timestamp,
    /// The client.
    pub client_id: String,
    /// The code or the refresh token.
    pub secret: String,
    /// What it is.
    pub kind: Kind,
    /// The family, a number in [`crate::simulator::Simulator::families`]; none for what was never
    /// issued.
    pub family: Option<usize>,
    /// What was decided.
    pub verdict: Verdict,
    /// How many other requests with the same family were being answered.
    pub concurrent: usize,
}

/// What was presented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An authorization code.
    Code,
    /// A refresh token.
    RefreshToken,
}

/// What was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Good.
    Accepted,
    /// An old refresh token, but within the grace: good.
    WithinGrace,
    /// Used before: the whole family is revoked from now on, if the provider does so.
    Reused,
    /// Of a family that was revoked.
    Revoked,
    /// Too old.
    Expired,
    /// Never issued.
    Unknown,
    /// Issued to another client.
    OtherClient,
    /// `redirect_uri` is not that of the authorization request.
    OtherRedirectUri,
    /// `code_verifier` does not fit the challenge, or one of them is missing.
    WrongVerifier,
}

impl Verdict {
    /// Whether tokens were issued.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Accepted | Self::WithinGrace)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Accepted => "accepted",
            Self::WithinGrace => "accepted within the grace",
            Self::Reused => "used before",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Unknown => "never issued",
            Self::OtherClient => "issued to another client",
            Self::OtherRedirectUri => "another redirect_uri",
            Self::WrongVerifier => "code_verifier does not fit",
        })
    }
}

/// What one consent gave rise to.
#[derive(Clone, Debug)]
pub struct Family {
    /// Whom it was issued to.
    pub client_id: String,
    /// Every refresh token, oldest first; the last is the one that is good.
    pub refresh_tokens: Vec<String>,
    /// Whether it was revoked, by whomever.
    pub revoked: bool,
}
