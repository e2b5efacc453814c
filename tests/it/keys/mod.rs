//! Opens keystores that `keytool`, the JDK and `openssl` create at run time, and verifies signatures
//! with `openssl`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod certificates;
pub mod fixtures;
mod hostile;
mod jks;
mod pem;
mod pkcs12;
mod signatures;

use connection_core::keys::error::KeystoreError;
use connection_core::keys::keystore::KeyPair;
use connection_core::keys::keystore::Keystore;
use secrecy::SecretString;

use self::fixtures::bytes;

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// Opens a fixture.
fn open(file: &str, password: &str) -> Keystore {
    try_open(file, password).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn try_open(file: &str, password: &str) -> Result<Keystore, KeystoreError> {
    Keystore::open(&bytes(file), Some(&secret(password)))
}

/// Opens a fixture and decrypts the only key, or the one with the alias, with the store password.
fn key_pair(file: &str, password: &str, alias: Option<&str>) -> KeyPair {
    let pair = open(file, password).key_pair(alias, None);
    pair.unwrap_or_else(|error| panic!("{file}: {error}"))
}
