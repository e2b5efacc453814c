//! What a provider wants in an assertion.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::connection::assertion_options::{GeneratedClaim, ScopeIn, Thumbprint};
use crate::keys::algorithm::Algorithm;

/// The lifetime of an assertion where neither spec nor preset has one, in seconds: short enough
/// for every provider but those whose preset says so.
pub const DEFAULT_LIFETIME_SECONDS: u32 = 180;

/// The signed JWT that a provider accepts (RFC 7523 section 3).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetAssertion {
    /// What `aud` is where the spec has none.
    pub audience: PresetAudience,
    /// The algorithms that the provider accepts, the default first; empty where nothing is known.
    pub algorithms: Vec<Algorithm>,
    /// The time from the signing to `exp`, in seconds.
    pub lifetime_seconds: u32,
    /// The longest such time that the provider accepts, in seconds.
    pub maximum_lifetime_seconds: Option<u32>,
    /// The claims that are made for each assertion, besides `exp`.
    pub generated_claims: Vec<GeneratedClaim>,
    /// Further claims.
    pub claims: BTreeMap<String, String>,
    /// Where the scopes go.
    pub scope_in: ScopeIn,
    /// The header.
    pub header: PresetHeader,
}

impl Default for PresetAssertion {
    fn default() -> Self {
        Self {
            audience: PresetAudience::default(),
            algorithms: Vec::new(),
            lifetime_seconds: DEFAULT_LIFETIME_SECONDS,
            maximum_lifetime_seconds: None,
            generated_claims: vec![GeneratedClaim::Iat, GeneratedClaim::Jti],
            claims: BTreeMap::new(),
            scope_in: ScopeIn::default(),
            header: PresetHeader::default(),
        }
    }
}

/// What `aud` is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum PresetAudience {
    /// The issuer where one is known, else the token endpoint (RFC 7523 section 3, point 3).
    #[default]
    Issuer,
    /// The token endpoint that the request goes to, also where the spec names another or an issuer.
    TokenEndpoint,
    /// The client id.
    ClientId,
    /// A text of the provider's.
    #[serde(rename = "text")]
    Text(String),
}

/// What a provider wants in an assertion's header (RFC 7515 section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetHeader {
    /// Whether the provider finds the key by `kid`, so that the spec has to name one.
    pub kid_required: bool,
    /// The thumbprints to send, by the algorithm that is signed with; none with an algorithm that
    /// is not listed. Such a preset accepts algorithms of one kind of key, so that the first of
    /// them is the one to sign with, whatever the key.
    pub thumbprints: BTreeMap<Algorithm, Vec<Thumbprint>>,
    /// `typ`, where it is not `JWT`.
    pub typ: Option<String>,
}

impl PresetHeader {
    /// Returns the thumbprints to send where `algorithm` is signed with.
    #[must_use]
    pub fn thumbprints_with(&self, algorithm: Algorithm) -> &[Thumbprint] {
        self.thumbprints.get(&algorithm).map_or(&[], Vec::as_slice)
    }
}
