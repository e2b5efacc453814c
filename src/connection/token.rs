//! A token that was received.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::connection::record::Record;

/// A token that was received, with what its Secret is to remember of it.
#[derive(Debug)]
pub struct Token {
    /// The access token.
    pub access_token: SecretString,
    /// Further fields that the provider returned, by name.
    pub extras: BTreeMap<String, SecretString>,
    /// What the token Secret is to remember.
    pub record: Record,
}
