//! What a flow is called.

use serde::Deserialize;

/// A flow, as `spec.flow` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Flow {
    /// The authorization code flow (RFC 6749 section 4.1).
    AuthorizationCode,
    /// An assertion as the grant (RFC 7523 section 2.1).
    #[serde(rename = "JWT")]
    Jwt,
    /// An assertion as the client's credentials (RFC 7523 section 2.2).
    #[serde(rename = "JWTClientAssertion")]
    JwtClientAssertion,
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
}

impl Flow {
    /// Returns the flow as `spec.flow` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "AuthorizationCode",
            Self::Jwt => "JWT",
            Self::JwtClientAssertion => "JWTClientAssertion",
            Self::ClientCredentials => "ClientCredentials",
        }
    }

    /// Says whether the flow itself sends an assertion.
    #[must_use]
    pub fn asserts(self) -> bool {
        matches!(self, Self::Jwt | Self::JwtClientAssertion)
    }
}
