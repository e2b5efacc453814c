//! What is in a keystore: aliases, kinds, thumbprints, expiry.

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
use connection_core::keys::keystore::{Entry, EntryKind, Format, Keystore};

/// A keystore in a Secret. The names are what `-o json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeystoreInfo {
    /// Name of the Secret.
    pub secret: String,
    /// Key of the keystore in the Secret.
    pub key: String,
    /// `PEM`, `JKS` or `PKCS#12`, where it is one of them.
    pub format: Option<String>,
    /// The Connections that use it.
    pub used_by: Vec<String>,
    /// What is in it.
    pub entries: Vec<EntryInfo>,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// An entry of a keystore.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryInfo {
    /// Its name, where it has one.
    pub alias: Option<String>,
    /// `PrivateKey`, `TrustedCertificate` or `SecretKey`.
    pub kind: &'static str,
    /// What the key is, for example `RSA-2048`.
    pub key_type: Option<String>,
    /// The certificate's SHA-1 thumbprint, as `x5t` has it (RFC 7515 section 4.1.7).
    pub x5t: Option<String>,
    /// The certificate's SHA-256 thumbprint, as `x5t#S256` has it.
    #[serde(rename = "x5tS256")]
    pub x5t_s256: Option<String>,
    /// Whom the certificate is for.
    pub subject: Option<String>,
    /// When the certificate expires.
    pub not_after: Option<Timestamp>,
    /// Why the key cannot be used.
    pub problem: Option<String>,
}

/// Opens the keystore under `key` of a Secret, with the first passwords that fit.
pub(super) fn open(
    secret: &str,
    key: &str,
    data: &BTreeMap<String, ByteString>,
    users: &[User],
) -> KeystoreInfo {
    let users: Vec<_> = users.iter().filter(|user| user.uses(secret, key)).collect();
    let mut used_by: Vec<_> = users.iter().map(|user| user.connection.clone()).collect();
    used_by.dedup();
    let named = users.iter().map(|user| {
        let KeyLocation { password_key, key_password_key, .. } = user.location.clone();
        (password_key, key_password_key)
    });
    let mut passwords: Vec<_> = named.chain([(None, None)]).collect();
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
    let (entries, problem) = match first_good(tries) {
        Ok((keystore, password)) => (entries(&keystore, password.as_ref()), None),
        Err(fault) => (Vec::new(), Some(fault.message)),
    };
    let format = data.get(key).and_then(|bytes| Format::detect(&bytes.0).ok());
    let format = format.map(|one| one.to_string());
    KeystoreInfo {
        secret: secret.to_owned(),
        key: key.to_owned(),
        format,
        used_by,
        entries,
        problem,
    }
}

/// The first that opens, else why the first does not.
fn first_good<T>(
    tries: impl Iterator<Item = Result<T, ConnectionError>>,
) -> Result<T, ConnectionError> {
    let mut first = None;
    for outcome in tries {
        match outcome {
            Ok(good) => return Ok(good),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or_else(ConnectionError::material_missing))
}

fn entries(keystore: &Keystore, key_password: Option<&SecretString>) -> Vec<EntryInfo> {
    let mut trusted = keystore.certificates().unwrap_or_default().into_iter();
    let shown = |entry: Entry| match entry.kind {
        EntryKind::PrivateKey => private_key(keystore, entry.alias, key_password),
        EntryKind::TrustedCertificate => {
            let certificate = trusted.next();
            EntryInfo {
                kind: "TrustedCertificate",
                ..of_certificate(entry.alias, certificate.as_ref())
            }
        }
        EntryKind::SecretKey => {
            EntryInfo { kind: "SecretKey", alias: entry.alias, ..EntryInfo::default() }
        }
    };
    keystore.entries().into_iter().map(shown).collect()
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
            ..of_certificate(alias, pair.chain.first())
        },
        Err(error) => EntryInfo {
            kind: "PrivateKey",
            alias,
            problem: Some(error.to_string()),
            ..EntryInfo::default()
        },
    }
}

fn of_certificate(alias: Option<String>, certificate: Option<&Certificate>) -> EntryInfo {
    EntryInfo {
        alias,
        x5t: certificate.map(Certificate::x5t),
        x5t_s256: certificate.map(Certificate::x5t_s256),
        subject: certificate.map(|one| one.subject().to_owned()),
        not_after: certificate.map(Certificate::not_after),
        ..EntryInfo::default()
    }
}
