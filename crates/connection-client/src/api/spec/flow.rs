//! `spec.flow`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use connection_core::connection::flow::Flow;

/// How the token is obtained.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum FlowName {
    /// A person gives consent once (RFC 6749 section 4.1, with PKCE).
    AuthorizationCode,
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// A signed JWT as the grant (RFC 7523 section 2.1).
    JWT,
    /// A signed JWT as the client's credential (RFC 7523 section 2.2).
    JWTClientAssertion,
}

impl FlowName {
    /// The word, as `spec.flow` has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Flow::from(self).as_str()
    }
}

impl From<FlowName> for Flow {
    fn from(name: FlowName) -> Self {
        match name {
            FlowName::AuthorizationCode => Self::AuthorizationCode,
            FlowName::ClientCredentials => Self::ClientCredentials,
            FlowName::JWT => Self::Jwt,
            FlowName::JWTClientAssertion => Self::JwtClientAssertion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_that_of_the_spec() {
        for flow in [
            FlowName::AuthorizationCode,
            FlowName::ClientCredentials,
            FlowName::JWT,
            FlowName::JWTClientAssertion,
        ] {
            assert_eq!(serde_json::to_value(flow).unwrap(), flow.as_str());
        }
    }
}
