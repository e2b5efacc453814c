//! Settings of a provider's Authorization Code flow.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PresetScopes;

/// Settings of a provider's Authorization Code flow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetAuthorizationCode {
    /// The scopes, if they differ from those of other flows.
    pub scopes: Option<PresetScopes>,
    /// Further parameters of the authorization request, instead of those of the preset.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of refresh requests.
    pub refresh_parameters: BTreeMap<String, String>,
    /// The request has a code challenge (RFC 7636); false if the provider rejects it.
    pub pkce: bool,
    /// Longest refresh interval that keeps a grant from expiring for inactivity.
    pub keep_alive_seconds: Option<u32>,
    /// Assumed lifetime of an access token if neither the response nor the token states one.
    pub lifetime_seconds: Option<u32>,
}

impl Default for PresetAuthorizationCode {
    fn default() -> Self {
        Self {
            scopes: None,
            parameters: BTreeMap::new(),
            refresh_parameters: BTreeMap::new(),
            // PKCE also protects clients that have a secret (RFC 9700 section 2.1.1).
            pkce: true,
            keep_alive_seconds: None,
            lifetime_seconds: None,
        }
    }
}
