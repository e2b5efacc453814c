//! Validation of tokens.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::oauth::token_error::InvalidToken;

/// Longest token: two copies and the other keys must fit into a Secret of 1 MiB.
pub const MAX_TOKEN_BYTES: usize = 48 * 1024;

/// Longest `token_type`; the registered names are much shorter.
const MAX_TYPE_BYTES: usize = 64;

/// Parses a token that is sent in an HTTP header.
pub(super) fn parse(value: &Value) -> Result<SecretString, InvalidToken> {
    let token = SecretString::from(value.as_str().ok_or(InvalidToken::NotText)?);
    validate(&token).map(|()| token)
}

/// Parses a refresh token. It may contain any characters, because it is sent form-encoded.
pub(super) fn parse_opaque(value: &Value) -> Option<SecretString> {
    let token = value.as_str()?;
    (1..=MAX_TOKEN_BYTES).contains(&token.len()).then(|| SecretString::from(token))
}

/// Checks that a token is visible ASCII (RFC 6749 appendix A.12, RFC 6750 section 2.1). Other
/// characters could inject a header.
pub(super) fn validate(token: &SecretString) -> Result<(), InvalidToken> {
    let token = token.expose_secret();
    if token.is_empty() {
        Err(InvalidToken::Empty)
    } else if token.len() > MAX_TOKEN_BYTES {
        Err(InvalidToken::TooLong)
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(InvalidToken::Characters)
    } else {
        Ok(())
    }
}

/// Parses a `token_type`; `None` if it is not a type name (RFC 6749 appendix A.11).
pub(super) fn parse_type(value: &Value) -> Option<String> {
    let name = value.as_str()?.trim();
    // The type is shown in status and may become a header prefix.
    let fits = (1..=MAX_TYPE_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    fits.then(|| name.to_owned())
}
