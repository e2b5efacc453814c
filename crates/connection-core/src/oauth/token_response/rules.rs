//! The deviations of a provider from RFC 6749 section 5.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::path::FieldPath;
use super::scope::ScopeRule;
use crate::oauth::error_code::ErrorCode;

/// Rules for parsing the responses of a provider. The default follows RFC 6749 section 5.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ResponseRules {
    /// Default: `access_token`.
    pub access_token: FieldPath,
    /// Default: `token_type`.
    pub token_type: FieldPath,
    /// Default: `refresh_token`.
    pub refresh_token: FieldPath,
    /// Default: `scope`, separated by white space.
    pub scope: ScopeRule,
    /// Default: `expires_in`, `expires_at`, `expires`.
    pub expiry: Option<ExpiryRule>,
    /// Expiry of the refresh token. Default: `refresh_token_expires_in`, `refresh_expires_in`,
    /// `x_refresh_token_expires_in`.
    pub refresh_expiry: Option<ExpiryRule>,
    /// Default: `id_token`.
    pub id_token: FieldPath,
    /// Default: `error`.
    pub error: ErrorRule,
    /// URL of the provider's API, shown in status. Default: `instance_url`.
    pub instance_url: FieldPath,
    /// A body that is not a JSON object is the access token.
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

/// The field that contains the expiry, and its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExpiryRule {
    pub path: FieldPath,
    pub kind: ExpiryKind,
    #[serde(default)]
    pub unit: ExpiryUnit,
}

/// The meaning of an expiry field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ExpiryKind {
    /// A lifetime from the response on.
    In,
    /// An instant: a number since the Unix epoch, or an RFC 3339 date.
    At,
}

/// The unit of a number in an expiry field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ExpiryUnit {
    /// Seconds (RFC 6749). Implausibly large numbers are parsed as milliseconds.
    #[default]
    Seconds,
    Milliseconds,
}

/// The fields that contain the error, and the meaning of provider-specific codes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ErrorRule {
    /// Default: `error`.
    pub path: FieldPath,
    /// Searched for [`phrases`](Self::phrases), never shown. Default: `error_description`.
    pub description: FieldPath,
    /// A boolean that is false for an error, independent of the status (`ok`).
    pub ok: Option<FieldPath>,
    /// Registered codes by the codes of the provider.
    pub codes: BTreeMap<String, ErrorCode>,
    /// Registered codes by phrases of the description, ignoring case. Override the code.
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
