//! What is known about a provider, where a Connection's spec is silent.
//!
//! Value types that data files are read into, and their templates filled. Whatever the spec says
//! wins over them; no provider's name stands here.

pub mod assertion;
pub mod authorization_code;
pub mod client;
pub mod resolved;
pub mod template;
pub mod value;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::connection::flow::Flow;
use crate::oauth::token_response::rules::ResponseRules;
use crate::oauth::token_response::scope::ScopeSeparator;
use assertion::PresetAssertion;
use authorization_code::PresetAuthorizationCode;
use client::PresetClient;
use template::Template;
use value::PresetValue;

/// One provider, as its data file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Preset {
    /// What `spec.provider.name` calls it.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The pages that the facts are from.
    pub sources: Vec<String>,
    /// The flows that the facts are about; the first is the usual one.
    pub flows: Vec<Flow>,
    /// What `spec.provider.values` holds, by name.
    #[serde(default)]
    pub values: BTreeMap<String, PresetValue>,
    /// Where the provider is.
    #[serde(default)]
    pub endpoints: PresetEndpoints,
    /// What `grant_type` is in the flow [`Flow::ClientCredentials`], where it is not
    /// `client_credentials`.
    #[serde(default)]
    pub grant_type: Option<String>,
    /// The signed JWT, in the flows that have one.
    #[serde(default)]
    pub assertion: PresetAssertion,
    /// The client.
    #[serde(default)]
    pub client: PresetClient,
    /// The scopes.
    #[serde(default)]
    pub scopes: PresetScopes,
    /// Further request parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, Template>,
    /// What is special about the Authorization Code flow.
    #[serde(default)]
    pub authorization_code: PresetAuthorizationCode,
    /// How to read an answer.
    #[serde(default)]
    pub answer: ResponseRules,
    /// The access token.
    #[serde(default)]
    pub token: PresetToken,
    /// What a person has to know who sets up a Connection, a sentence or two each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The provider's endpoints, as templates of `https` URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetEndpoints {
    /// The token endpoint; without one the spec has to say where the provider is.
    pub token: Option<Template>,
    /// The authorization endpoint.
    pub authorization: Option<Template>,
    /// The issuer, where the provider publishes metadata (RFC 8414).
    pub issuer: Option<Template>,
    /// The revocation endpoint (RFC 7009).
    pub revocation: Option<Template>,
    /// Where refresh tokens are sent, where it is not the token endpoint.
    pub refresh: Option<Template>,
}

/// What the provider wants to know about scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetScopes {
    /// The scopes asked for where the spec names none.
    pub default: Vec<Template>,
    /// Whether a request without a scope is refused, so that the spec has to name one.
    pub required: bool,
    /// What stands between two scopes in a request.
    pub separator: ScopeSeparator,
}

/// What is known about the provider's access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetToken {
    /// The lifetime to assume, in seconds, where neither answer nor token tells one.
    pub lifetime_seconds: Option<u32>,
    /// The shortest lifetime that the provider can be set to, in seconds.
    pub minimum_lifetime_seconds: Option<u32>,
}

impl Preset {
    /// Says whether the facts are about `flow` too.
    #[must_use]
    pub fn supports(&self, flow: Flow) -> bool {
        self.flows.contains(&flow)
    }

    /// Says whether one of the flows itself sends an assertion.
    #[must_use]
    pub fn asserts(&self) -> bool {
        self.flows.iter().any(|flow| flow.asserts())
    }

    /// Returns the lifetime to assume where neither answer nor token tells one.
    #[must_use]
    pub fn token_lifetime(&self) -> Option<Duration> {
        self.token.lifetime_seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

#[cfg(test)]
mod tests;
