//! `spec.flow`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
