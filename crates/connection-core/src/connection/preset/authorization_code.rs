//! What is special about a provider's Authorization Code flow.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PresetScopes;

/// What is special about a provider's Authorization Code flow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetAuthorizationCode {
    /// The scopes, which in this flow are others than in the rest.
    pub scopes: Option<PresetScopes>,
    /// Further parameters of the authorization request, in place of the preset's own.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of a refresh request.
    pub refresh_parameters: BTreeMap<String, String>,
    /// Whether a code challenge is sent (RFC 7636); false where the provider breaks on it.
    pub pkce: bool,
    /// How often to refresh at least, in seconds, so that a grant does not die of being idle.
    pub keep_alive_seconds: Option<u32>,
    /// The lifetime of an access token to assume, in seconds, where nothing tells one.
    pub lifetime_seconds: Option<u32>,
}

impl Default for PresetAuthorizationCode {
    fn default() -> Self {
        Self {
            scopes: None,
            parameters: BTreeMap::new(),
            refresh_parameters: BTreeMap::new(),
            pkce: true,
            keep_alive_seconds: None,
            lifetime_seconds: None,
        }
    }
}
