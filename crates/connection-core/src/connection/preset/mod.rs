//! What is known about a provider: defaults for a Connection's spec.
//!
//! The spec takes precedence. No code in this folder names a provider.

pub mod assertion;
pub mod authorization_code;
pub mod client;
pub mod definition;
pub mod substitute;
pub mod value;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::connection::flow::Flow;
use crate::oauth::token_response::rules::ResponseRules;
use crate::oauth::token_response::scope::ScopeSeparator;
use assertion::PresetAssertion;
use authorization_code::PresetAuthorizationCode;
use client::PresetClient;

/// What is known about one provider, with the values of one spec.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Preset {
    /// The name in `spec.provider.name`.
    #[serde(skip)]
    pub name: String,
    /// The supported flows; the first is the usual one.
    #[serde(skip)]
    pub flows: Vec<Flow>,
    pub endpoints: PresetEndpoints,
    /// `grant_type` in the flow [`Flow::ClientCredentials`] if it is not `client_credentials`.
    pub grant_type: Option<String>,
    /// The signed JWT, in the flows that send one.
    pub assertion: PresetAssertion,
    pub client: PresetClient,
    pub scopes: PresetScopes,
    /// Further request parameters.
    pub parameters: BTreeMap<String, String>,
    /// Deviations in the Authorization Code flow.
    pub authorization_code: PresetAuthorizationCode,
    /// How a token response is read.
    pub response: ResponseRules,
    pub token: PresetToken,
}

/// The provider's endpoints, as `https` URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetEndpoints {
    /// Without a token endpoint, the spec must set an endpoint or an issuer.
    pub token: Option<String>,
    pub authorization: Option<String>,
    /// The issuer, if the provider publishes metadata (RFC 8414).
    pub issuer: Option<String>,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// The refresh endpoint, if it is not the token endpoint.
    pub refresh: Option<String>,
}

/// The provider's scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetScopes {
    /// The scopes if the spec sets none.
    pub default: Vec<String>,
    /// The provider rejects a request without a scope, so the spec must set one.
    pub required: bool,
    pub separator: ScopeSeparator,
}

/// The provider's access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetToken {
    /// Assumed lifetime if neither the response nor the token states one.
    pub lifetime_seconds: Option<u32>,
    /// The shortest lifetime that can be configured at the provider.
    pub minimum_lifetime_seconds: Option<u32>,
}

impl Preset {
    pub fn supports(&self, flow: Flow) -> bool {
        self.flows.contains(&flow)
    }

    /// Returns `true` if one of the flows itself sends an assertion.
    pub fn sends_assertion(&self) -> bool {
        self.flows.iter().any(|flow| flow.sends_assertion())
    }

    /// Returns the scopes of a flow: the Authorization Code flow may have scopes of its own.
    pub fn scopes_for(&self, flow: Flow) -> &PresetScopes {
        let own = self.authorization_code.scopes.as_ref();
        own.filter(|_| flow == Flow::AuthorizationCode).unwrap_or(&self.scopes)
    }

    /// Returns the assumed lifetime of an access token, in seconds, if neither the response nor the
    /// token states one.
    pub fn lifetime_for(&self, flow: Flow) -> Option<u32> {
        let own = self.authorization_code.lifetime_seconds;
        own.filter(|_| flow == Flow::AuthorizationCode).or(self.token.lifetime_seconds)
    }
}

#[cfg(test)]
mod tests;
