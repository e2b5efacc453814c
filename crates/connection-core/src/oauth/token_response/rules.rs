//! Where and how a provider writes what RFC 6749 section 5 names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::path::FieldPath;
use super::scope::ScopeRule;
use crate::oauth::error_code::ErrorCode;

/// How to read one provider's answers; the default is RFC 6749 section 5, read leniently.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ResponseRules {
    /// Where the access token is: `access_token`.
    pub access_token: FieldPath,
    /// Where the token type is: `token_type`.
    pub token_type: FieldPath,
    /// Where the refresh token is: `refresh_token`.
    pub refresh_token: FieldPath,
    /// Where the scopes are and what stands between them: `scope`, white space.
    pub scope: ScopeRule,
    /// Where the expiry is and how to read it; without a rule `expires_in`, `expires_at` and
    /// `expires` are understood.
    pub expiry: Option<ExpiryRule>,
    /// Where the refresh token's expiry is and how to read it; without a rule the lifetimes
    /// `refresh_token_expires_in`, `refresh_expires_in` and `x_refresh_token_expires_in` are understood.
    pub refresh_expiry: Option<ExpiryRule>,
    /// Where the ID token is: `id_token`.
    pub id_token: FieldPath,
    /// Where errors are: `error`.
    pub error: ErrorRule,
    /// Where the URL to use the token at is: `instance_url`. Status shows it.
    pub instance_url: FieldPath,
    /// Whether a body that is no JSON object is the access token itself.
    pub raw_body_is_token: bool,
}

impl Default for ResponseRules {
    fn default() -> Self {
        Self {
            access_token: FieldPath::top("access_token"),
            token_type: FieldPath::top("token_type"),
            refresh_token: FieldPath::top("refresh_token"),
            scope: ScopeRule::default(),
            expiry: None,
            refresh_expiry: None,
            id_token: FieldPath::top("id_token"),
            error: ErrorRule::default(),
            instance_url: FieldPath::top("instance_url"),
            raw_body_is_token: false,
        }
    }
}

/// Where an answer says when the token ends, and in which unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExpiryRule {
    /// Where the field is.
    pub path: FieldPath,
    /// Whether it is a lifetime or an instant.
    pub kind: ExpiryKind,
    /// What a number in it counts.
    #[serde(default)]
    pub unit: ExpiryUnit,
}

/// What an expiry field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ExpiryKind {
    /// A lifetime that begins with the answer.
    In,
    /// An instant: since the Unix epoch, or a date as RFC 3339 writes it.
    At,
}

/// What a number in an expiry field counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ExpiryUnit {
    /// Seconds, as RFC 6749 has it; numbers that would mean decades are read as milliseconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// Where an answer names its error, and what the provider's own words mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ErrorRule {
    /// Where the error code is: `error`.
    pub path: FieldPath,
    /// Where the text for people is: `error_description`. It is only searched, never shown.
    pub description: FieldPath,
    /// Where a boolean is that is false when the answer is an error, whatever its status (`ok`).
    pub ok: Option<FieldPath>,
    /// What the provider's own codes mean.
    pub codes: BTreeMap<String, ErrorCode>,
    /// What a phrase in the description means; it says more than the code. Case does not matter.
    pub phrases: BTreeMap<String, ErrorCode>,
}

impl Default for ErrorRule {
    fn default() -> Self {
        Self {
            path: FieldPath::top("error"),
            description: FieldPath::top("error_description"),
            ok: None,
            codes: BTreeMap::new(),
            phrases: BTreeMap::new(),
        }
    }
}
