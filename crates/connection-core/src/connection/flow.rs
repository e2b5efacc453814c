//! The OAuth 2.0 flow of a connection.

use serde::{Deserialize, Serialize};

/// How the token is obtained, as `spec.flow` spells it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Flow {
    /// A user consents once (RFC 6749 section 4.1, with PKCE).
    AuthorizationCode,
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// A signed JWT as the grant (RFC 7523 section 2.1).
    #[serde(rename = "JWT")]
    Jwt,
    /// A signed JWT as the client's credential (RFC 7523 section 2.2).
    #[serde(rename = "JWTClientAssertion")]
    JwtClientAssertion,
}

impl Flow {
    /// Returns the flow as `spec.flow` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "AuthorizationCode",
            Self::Jwt => "JWT",
            Self::JwtClientAssertion => "JWTClientAssertion",
            Self::ClientCredentials => "ClientCredentials",
        }
    }

    /// Returns `true` if the flow itself sends an assertion.
    pub fn sends_assertion(self) -> bool {
        matches!(self, Self::Jwt | Self::JwtClientAssertion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_spec() {
        for flow in
            [Flow::AuthorizationCode, Flow::ClientCredentials, Flow::Jwt, Flow::JwtClientAssertion]
        {
            assert_eq!(serde_json::to_value(flow).unwrap(), flow.as_str());
        }
    }
}
