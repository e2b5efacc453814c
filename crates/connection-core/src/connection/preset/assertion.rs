//! The assertion that a provider accepts.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::connection::assertion_options::{GeneratedClaim, ScopeIn, Thumbprint};
use crate::keys::algorithm::Algorithm;

/// Lifetime of an assertion in seconds if neither the spec nor the preset sets one. Providers with a
/// lower limit have it in their preset.
pub const DEFAULT_LIFETIME_SECONDS: u32 = 180;

/// The signed JWT that a provider accepts (RFC 7523 section 3).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetAssertion {
    /// `aud` if the spec sets none.
    pub audience: PresetAudience,
    /// The accepted algorithms, the default first; empty if unknown.
    pub algorithms: Vec<Algorithm>,
    /// Time from `iat` to `exp`.
    pub lifetime_seconds: u32,
    /// The longest time that the provider accepts.
    pub maximum_lifetime_seconds: Option<u32>,
    /// The claims that are generated for each assertion, in addition to `exp`.
    pub generated_claims: Vec<GeneratedClaim>,
    /// Further claims.
    pub claims: BTreeMap<String, String>,
    pub scope_in: ScopeIn,
    pub header: PresetHeader,
}

impl Default for PresetAssertion {
    fn default() -> Self {
        Self {
            audience: PresetAudience::default(),
            algorithms: Vec::new(),
            lifetime_seconds: DEFAULT_LIFETIME_SECONDS,
            maximum_lifetime_seconds: None,
            // Both are optional (RFC 7523 section 3), but some providers require one of them.
            generated_claims: vec![GeneratedClaim::Iat, GeneratedClaim::Jti],
            claims: BTreeMap::new(),
            scope_in: ScopeIn::default(),
            header: PresetHeader::default(),
        }
    }
}

/// The source of `aud`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum PresetAudience {
    /// The issuer if known, otherwise the token endpoint (RFC 7523 section 3, point 3).
    #[default]
    Issuer,
    /// The token endpoint of the request, even if the issuer is known.
    TokenEndpoint,
    ClientId,
    /// A fixed value.
    #[serde(rename = "text")]
    Text(String),
}

/// The assertion header that a provider accepts (RFC 7515 section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetHeader {
    /// The provider selects the key by `kid`, so the spec must set it.
    pub kid_required: bool,
    /// The thumbprints to send, by signature algorithm; none for other algorithms. Such a preset
    /// accepts the algorithms of one key type only, so the first one always fits the key.
    pub thumbprints: BTreeMap<Algorithm, Vec<Thumbprint>>,
    /// `typ`, if it is not `JWT`.
    pub typ: Option<String>,
}

impl PresetHeader {
    /// Returns the thumbprints to send with signatures of `algorithm`.
    pub fn thumbprints_with(&self, algorithm: Algorithm) -> &[Thumbprint] {
        self.thumbprints.get(&algorithm).map_or(&[], Vec::as_slice)
    }
}
