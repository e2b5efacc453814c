//! A received token.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::connection::token_record::TokenRecord;

/// A received token and its record.
///
/// Only code that exposes the secret can read the token:
///
/// ```
/// use connection_core::connection::token::Token;
/// use secrecy::ExposeSecret;
///
/// fn header(token: &Token) -> String {
///     format!("Authorization: Bearer {}", token.access_token.expose_secret())
/// }
/// ```
///
/// The token cannot be formatted:
///
/// ```compile_fail,E0277
/// use connection_core::connection::token::Token;
///
/// fn header(token: &Token) -> String {
///     format!("Authorization: Bearer {}", token.access_token)
/// }
/// ```
///
/// The token cannot be serialized:
///
/// ```compile_fail,E0277
/// use connection_core::connection::token::Token;
///
/// fn json(token: &Token) -> serde_json::Result<String> {
///     serde_json::to_string(&token.access_token)
/// }
/// ```
#[derive(Debug)]
pub struct Token {
    pub access_token: SecretString,
    /// Further fields of the response, by name.
    pub extras: BTreeMap<String, SecretString>,
    pub record: TokenRecord,
}
