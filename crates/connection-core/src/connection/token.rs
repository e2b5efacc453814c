//! A token that was received.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::connection::token_record::TokenRecord;

/// A token that was received, with what its Secret is to remember of it.
///
/// Its text is used by those alone who ask for it:
///
/// ```
/// use connection_operator::connection::token::Token;
/// use secrecy::ExposeSecret;
///
/// fn header(token: &Token) -> String {
///     format!("Authorization: Bearer {}", token.access_token.expose_secret())
/// }
/// ```
///
/// It cannot be printed by accident:
///
/// ```compile_fail,E0277
/// use connection_operator::connection::token::Token;
///
/// fn header(token: &Token) -> String {
///     format!("Authorization: Bearer {}", token.access_token)
/// }
/// ```
///
/// Nor serialized:
///
/// ```compile_fail,E0277
/// use connection_operator::connection::token::Token;
///
/// fn json(token: &Token) -> serde_json::Result<String> {
///     serde_json::to_string(&token.access_token)
/// }
/// ```
#[derive(Debug)]
pub struct Token {
    /// The access token.
    pub access_token: SecretString,
    /// Further fields that the provider returned, by name.
    pub extras: BTreeMap<String, SecretString>,
    /// What the token Secret is to remember.
    pub record: TokenRecord,
}
