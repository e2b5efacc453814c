//! Tokens that an HTTP header can carry.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::oauth::token_error::InvalidToken;

/// The longest token that is taken: two copies of it and everything else must fit into a Secret.
pub const MAX_TOKEN_BYTES: usize = 48 * 1024;

/// Type names are short; the longest registered one has 4 characters.
const MAX_TYPE_BYTES: usize = 64;

/// Reads a token from a field.
pub(super) fn read(value: &Value) -> Result<SecretString, InvalidToken> {
    let token = SecretString::from(value.as_str().ok_or(InvalidToken::NotText)?);
    check(&token).map(|()| token)
}

/// Reads a token that travels in a form alone, and so may have any characters (a refresh token).
pub(super) fn read_opaque(value: &Value) -> Option<SecretString> {
    let token = value.as_str()?;
    (1..=MAX_TOKEN_BYTES).contains(&token.len()).then(|| SecretString::from(token))
}

/// Refuses a token that is not `1*VSCHAR` without the space (RFC 6749 appendix A.12, RFC 6750
/// section 2.1): it would break the header it is put into, or smuggle in another.
pub(super) fn check(token: &SecretString) -> Result<(), InvalidToken> {
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

/// Reads a `token_type`: a name of RFC 6749 appendix A.11, else nothing.
pub(super) fn read_type(value: &Value) -> Option<String> {
    let name = value.as_str()?.trim();
    let fits = (1..=MAX_TYPE_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    fits.then(|| name.to_owned())
}
