//! The response of a token endpoint (RFC 6749 section 5), parsed leniently.
//!
//! [`rules::ResponseRules`] describe the deviations of a provider. Never panics on any input and
//! never puts a byte of the body into an error.

pub mod path;
pub mod rules;
pub mod scope;

mod body;
mod error;
mod extras;
mod lifetime;
mod token;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;

use super::expiry::Expiry;
use super::token_error::TokenError;
use body::ResponseFields;
use rules::ResponseRules;

pub use extras::{MAX_EXTRA_BYTES, MAX_EXTRAS};
pub use token::MAX_TOKEN_BYTES;

/// A successful token response.
///
/// Its `Debug` output contains no secret value:
///
/// ```
/// use connection_core::oauth::token_response::{self, rules::ResponseRules};
///
/// let body = br#"{"access_token": "canary-1", "refresh_token": "canary-2", "id": "canary-3"}"#;
/// let response = token_response::parse(200, None, body, &ResponseRules::default())?;
/// assert!(!format!("{response:?}").contains("canary"));
/// # Ok::<(), connection_core::oauth::token_error::TokenError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// Visible ASCII, at most [`MAX_TOKEN_BYTES`].
    pub access_token: SecretString,
    /// As the provider spells it; `None` if it is missing or not a type name of RFC 6749.
    pub token_type: Option<String>,
    /// Expiry of the access token; `None` if it is missing or implausible.
    pub expiry: Option<Expiry>,
    /// The granted scopes; `None` if they are the requested ones (RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
    pub refresh_token: Option<SecretString>,
    /// Expiry of the refresh token; `None` if it is missing or implausible.
    pub refresh_expiry: Option<Expiry>,
    pub id_token: Option<SecretString>,
    /// URL of the provider's API: `https`, without credentials, query or fragment.
    pub instance_url: Option<String>,
    /// Other scalar fields whose names are valid keys of a Secret, and the instance URL as
    /// `instance_url`.
    pub extras: BTreeMap<String, SecretString>,
}

/// Parses the response of a token endpoint. The caller bounds the length of `body`.
///
/// Accepts JSON with any content type, a byte order mark, invalid UTF-8 (replaced), duplicate names
/// (the last one is used) and a form instead of JSON. Any 2xx status is a success.
///
/// # Errors
///
/// [`TokenError`] if the response contains no usable token.
pub fn parse(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    rules: &ResponseRules,
) -> Result<TokenResponse, TokenError> {
    let success = (200..300).contains(&status);
    let fields = match body::parse(content_type, body, rules) {
        body::Body::ResponseFields(fields) => fields,
        body::Body::Token(token) if success => return raw_token(token, status),
        // 429 keeps its own meaning: proxies send it with an HTML page.
        body::Body::Html if status != 429 => return Err(TokenError::Html { status }),
        body::Body::Empty if success => return Err(TokenError::NoToken { status }),
        body::Body::Other if success => return Err(TokenError::NotJson { status }),
        body::Body::Token(_) | body::Body::Html | body::Body::Empty | body::Body::Other => {
            return Err(missing_token(status));
        }
    };
    // Some providers return an error with status 200.
    match error::error_code(&fields, &rules.error) {
        Some(code) => Err(TokenError::OAuth { code, status }),
        None if success => granted(&fields, rules, status),
        None => Err(missing_token(status)),
    }
}

/// The error for an unsuccessful status without an OAuth error.
fn missing_token(status: u16) -> TokenError {
    match status {
        // RFC 6585 section 4: not an error of the request.
        429 => TokenError::RateLimited,
        500.. => TokenError::ServerError { status },
        _ => TokenError::Status { status },
    }
}

fn raw_token(token: SecretString, status: u16) -> Result<TokenResponse, TokenError> {
    token::validate(&token).map_err(|flaw| TokenError::TokenUnusable { flaw, status })?;
    Ok(TokenResponse {
        access_token: token,
        token_type: None,
        expiry: None,
        scopes: None,
        refresh_token: None,
        refresh_expiry: None,
        id_token: None,
        instance_url: None,
        extras: BTreeMap::new(),
    })
}

fn granted(
    fields: &ResponseFields,
    rules: &ResponseRules,
    status: u16,
) -> Result<TokenResponse, TokenError> {
    let access_token = match rules.access_token.find(fields.root()) {
        // Some providers send null fields next to an error of their own.
        None | Some(Value::Null) => return Err(TokenError::NoToken { status }),
        Some(value) => {
            token::parse(value).map_err(|flaw| TokenError::TokenUnusable { flaw, status })?
        }
    };
    let instance_url = rules.instance_url.find(fields.root()).and_then(extras::instance_url);
    Ok(TokenResponse {
        access_token,
        token_type: rules.token_type.find(fields.root()).and_then(token::parse_type),
        expiry: lifetime::access_token_expiry(fields.root(), rules.expiry.as_ref()),
        scopes: rules.scope.path.find(fields.root()).and_then(|value| rules.scope.parse(value)),
        // An empty refresh token counts as missing, so the current one stays in use.
        refresh_token: rules.refresh_token.find(fields.root()).and_then(token::parse_opaque),
        refresh_expiry: lifetime::refresh_token_expiry(
            fields.root(),
            rules.refresh_expiry.as_ref(),
        ),
        id_token: rules.id_token.find(fields.root()).and_then(|value| token::parse(value).ok()),
        extras: extras::extra_fields(fields, rules, instance_url.as_deref()),
        instance_url,
    })
}

#[cfg(test)]
mod any_input_tests;
#[cfg(test)]
mod tests;
