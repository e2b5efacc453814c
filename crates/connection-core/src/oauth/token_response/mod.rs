//! What a token endpoint answers, read leniently: bytes in, a token or a refusal out.
//!
//! Where providers differ is data ([`rules::ResponseRules`]). It knows no clock and no provider's
//! name, never panics, and never puts a byte of the body into an error.

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
use body::Fields;
use rules::ResponseRules;

pub use extras::{MAX_EXTRA_BYTES, MAX_EXTRAS};
pub use token::MAX_TOKEN_BYTES;

/// A token and what came with it.
///
/// Its `Debug` shows no value that is secret or might be:
///
/// ```
/// use connection_operator::oauth::token_response::{self, rules::AnswerRules};
///
/// let body = br#"{"access_token": "canary-1", "refresh_token": "canary-2", "id": "canary-3"}"#;
/// let answer = answer::read(200, None, body, &AnswerRules::default())?;
/// assert!(!format!("{answer:?}").contains("canary"));
/// # Ok::<(), connection_operator::oauth::token_error::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// The access token: visible ASCII, at most [`MAX_TOKEN_BYTES`].
    pub access_token: SecretString,
    /// `token_type` as the provider spells it; `None` where it is missing or no RFC 6749 type name.
    pub token_type: Option<String>,
    /// What the answer says about the token's end; `None` where it says nothing believable.
    pub expiry: Option<Expiry>,
    /// The scopes granted; `None` where the answer does not name any (RFC 6749 section 5.1: those
    /// asked for).
    pub scopes: Option<Vec<String>>,
    /// The refresh token, where there is one.
    pub refresh_token: Option<SecretString>,
    /// When the refresh token ends, where the answer says so believably.
    pub refresh_expiry: Option<Expiry>,
    /// The ID token, where there is one.
    pub id_token: Option<SecretString>,
    /// Where to use the token, as an `https` origin or URL without credentials, query or fragment:
    /// fit for status.
    pub instance_url: Option<String>,
    /// Further scalar fields of the answer, under valid Secret keys; the instance URL is among them
    /// as `instance_url`, whatever the provider calls it.
    pub extras: BTreeMap<String, SecretString>,
}

/// Reads the answer of a token endpoint.
///
/// `content_type` is the header as it came. JSON is recognised without it, a byte order mark is
/// skipped, bytes that are no UTF-8 are replaced, the last of two equal names counts, and a form
/// (`access_token=…&…`) is read like a JSON object of strings. Any 2xx is a success. The caller
/// bounds the length of `body`.
///
/// # Errors
///
/// A [`TokenError`] where there is no token to be used.
pub fn read(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    rules: &ResponseRules,
) -> Result<TokenResponse, TokenError> {
    let success = (200..300).contains(&status);
    let fields = match body::read(content_type, body, rules) {
        body::Body::Fields(fields) => fields,
        body::Body::Token(token) if success => return raw_token(token, status),
        body::Body::Html if status != 429 => return Err(TokenError::Html { status }),
        body::Body::Empty if success => return Err(TokenError::NoToken { status }),
        body::Body::Other if success => return Err(TokenError::NotJson { status }),
        body::Body::Token(_) | body::Body::Html | body::Body::Empty | body::Body::Other => {
            return Err(missing_token(status));
        }
    };
    match error::find(&fields, &rules.error) {
        Some(code) => Err(TokenError::OAuth { code, status }),
        None if success => granted(&fields, rules, status),
        None => Err(missing_token(status)),
    }
}

/// A status that is no success, and no OAuth error to explain it.
fn missing_token(status: u16) -> TokenError {
    match status {
        429 => TokenError::RateLimited,
        500.. => TokenError::ServerError { status },
        _ => TokenError::Status { status },
    }
}

fn raw_token(token: SecretString, status: u16) -> Result<TokenResponse, TokenError> {
    token::check(&token).map_err(|flaw| TokenError::TokenUnusable { flaw, status })?;
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
    fields: &Fields,
    rules: &ResponseRules,
    status: u16,
) -> Result<TokenResponse, TokenError> {
    let access_token = match rules.access_token.find(fields.root()) {
        None | Some(Value::Null) => return Err(TokenError::NoToken { status }),
        Some(value) => {
            token::read(value).map_err(|flaw| TokenError::TokenUnusable { flaw, status })?
        }
    };
    let instance_url = rules.instance_url.find(fields.root()).and_then(extras::instance_url);
    Ok(TokenResponse {
        access_token,
        token_type: rules.token_type.find(fields.root()).and_then(token::read_type),
        expiry: lifetime::read(fields.root(), rules.expiry.as_ref()),
        scopes: rules.scope.path.find(fields.root()).and_then(|value| rules.scope.read(value)),
        // One that is empty is none: the one that is held stays.
        refresh_token: rules.refresh_token.find(fields.root()).and_then(token::read_opaque),
        refresh_expiry: lifetime::read_refresh(fields.root(), rules.refresh_expiry.as_ref()),
        id_token: rules.id_token.find(fields.root()).and_then(|value| token::read(value).ok()),
        extras: extras::read(fields, rules, instance_url.as_deref()),
        instance_url,
    })
}

#[cfg(test)]
mod any_input_tests;
#[cfg(test)]
mod tests;
