//! Options of a signed assertion that the spec and the presets share.

use serde::{Deserialize, Serialize};

/// Name of a claim.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum GeneratedClaim {
    /// When it was made (RFC 7519 section 4.1.6).
    Iat,
    /// A unique identifier (RFC 7519 section 4.1.7).
    Jti,
    /// Not valid before it was made (RFC 7519 section 4.1.5).
    Nbf,
}

impl GeneratedClaim {
    /// Returns the claim's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iat => "iat",
            Self::Jti => "jti",
            Self::Nbf => "nbf",
        }
    }
}

/// Where `spec.scopes` are sent. Body: the request parameter `scope`. Claim: the claim `scope`.
/// Default: that of the provider's preset, or Body.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ScopeIn {
    /// The request parameter `scope` (RFC 7521 section 4.1).
    #[default]
    Body,
    /// The claim `scope`.
    Claim,
}

/// Name of a header parameter: x5t is SHA-1, x5t#S256 is SHA-256.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Thumbprint {
    /// SHA-1 (RFC 7515 section 4.1.7).
    #[serde(rename = "x5t")]
    X5t,
    /// SHA-256 (RFC 7515 section 4.1.8).
    #[serde(rename = "x5t#S256")]
    X5tS256,
}
