//! The entries of a keystore: aliases, types, thumbprints, expiry dates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use secrecy::SecretString;
use serde::Serialize;

use crate::keystores::users::User;
use connection_client::store::inputs::keystore;
use connection_core::connection::desired::KeyLocation;
use connection_core::connection::error::ConnectionError;
use connection_core::keys::certificate::Certificate;
use connection_core::keys::keystore::{EntryKind, Keystore, KeystoreEntry, KeystoreFormat};

/// A keystore in a Secret. The names are those of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeystoreInfo {
    /// Name of the Secret.
    pub secret: String,
    /// The data key of the keystore.
    pub key: String,
    /// `PEM`, `JKS` or `PKCS#12`. None if the format is unknown.
    pub format: Option<String>,
    /// The names of the Connections that use the keystore.
    pub used_by: Vec<String>,
    pub entries: Vec<EntryInfo>,
    /// The error if the keystore cannot be opened.
    pub problem: Option<String>,
}

/// An entry of a keystore.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryInfo {
    pub alias: Option<String>,
    /// `PrivateKey`, `TrustedCertificate` or `SecretKey`.
    pub kind: &'static str,
    /// The key type, for example `RSA-2048`.
    pub key_type: Option<String>,
    /// The SHA-1 thumbprint of the certificate (RFC 7515 section 4.1.7).
    pub x5t: Option<String>,
    /// The SHA-256 thumbprint of the certificate (`x5t#S256`, RFC 7515 section 4.1.8).
    #[serde(rename = "x5tS256")]
    pub x5t_s256: Option<String>,
    /// The subject of the certificate.
    pub subject: Option<String>,
    /// The expiry date of the certificate.
    pub not_after: Option<Timestamp>,
    /// The error if the key cannot be used.
    pub problem: Option<String>,
}

/// Opens the keystore under `key` of a Secret. Tries the passwords that the Connections name, then the
/// default data keys.
pub(super) fn open(
    secret: &str,
    key: &str,
    data: &BTreeMap<String, ByteString>,
    users: &[User],
) -> KeystoreInfo {
    let users: Vec<_> = users.iter().filter(|user| user.uses(secret, key)).collect();
    let mut used_by: Vec<_> = users.iter().map(|user| user.connection.clone()).collect();
    // A Connection can name a keystore twice; `users::list` keeps its entries adjacent.
    used_by.dedup();
    let from_users = users.iter().map(|user| {
        let KeyLocation { password_key, key_password_key, .. } = user.location.clone();
        (password_key, key_password_key)
    });
    let mut passwords: Vec<_> = from_users.chain([(None, None)]).collect();
    // Each try derives a key, which is slow.
    passwords.dedup();
    let tries = passwords.into_iter().map(|(password_key, key_password_key)| {
        let location = KeyLocation {
            field: "keystore",
            secret: secret.to_owned(),
            key: Some(key.to_owned()),
            password_key,
            key_password_key,
            alias: None,
        };
        keystore::open(data, &location)
    });
    let (entries, problem) = match first_success(tries) {
        Ok((keystore, password)) => (entries(&keystore, password.as_ref()), None),
        Err(error) => (Vec::new(), Some(error.message)),
    };
    // Detected again, because a keystore that cannot be opened has a format too.
    let format = data.get(key).and_then(|bytes| KeystoreFormat::detect(&bytes.0).ok());
    let format = format.map(|format| format.to_string());
    KeystoreInfo {
        secret: secret.to_owned(),
        key: key.to_owned(),
        format,
        used_by,
        entries,
        problem,
    }
}

/// Returns the first success, otherwise the first error.
fn first_success<T>(
    tries: impl Iterator<Item = Result<T, ConnectionError>>,
) -> Result<T, ConnectionError> {
    let mut first = None;
    for outcome in tries {
        match outcome {
            Ok(success) => return Ok(success),
            // The passwords of Connections come first, so their error is the relevant one.
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(ConnectionError::material_missing))
}

fn entries(keystore: &Keystore, key_password: Option<&SecretString>) -> Vec<EntryInfo> {
    // `certificates` has the order of `entries`. An invalid certificate must not hide entries.
    let mut trusted = keystore.certificates().unwrap_or_default().into_iter();
    let info = |entry: KeystoreEntry| match entry.kind {
        EntryKind::PrivateKey => private_key(keystore, entry.alias, key_password),
        EntryKind::TrustedCertificate => {
            let certificate = trusted.next();
            EntryInfo {
                kind: "TrustedCertificate",
                ..certificate_info(entry.alias, certificate.as_ref())
            }
        }
        EntryKind::SecretKey => {
            EntryInfo { kind: "SecretKey", alias: entry.alias, ..EntryInfo::default() }
        }
    };
    keystore.entries().into_iter().map(info).collect()
}

fn private_key(
    keystore: &Keystore,
    alias: Option<String>,
    key_password: Option<&SecretString>,
) -> EntryInfo {
    match keystore.key_pair(alias.as_deref(), key_password) {
        Ok(pair) => EntryInfo {
            kind: "PrivateKey",
            key_type: Some(pair.private_key.kind().to_string()),
            ..certificate_info(alias, pair.chain.first())
        },
        Err(error) => EntryInfo {
            kind: "PrivateKey",
            alias,
            // One unusable key must not hide the other entries.
            problem: Some(error.to_string()),
            ..EntryInfo::default()
        },
    }
}

fn certificate_info(alias: Option<String>, certificate: Option<&Certificate>) -> EntryInfo {
    EntryInfo {
        alias,
        x5t: certificate.map(Certificate::x5t),
        x5t_s256: certificate.map(Certificate::x5t_s256),
        subject: certificate.map(|certificate| certificate.subject().to_owned()),
        not_after: certificate.map(Certificate::not_after),
        ..EntryInfo::default()
    }
}
