//! Finds the keystore in its Secret and the signing key in the keystore.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use secrecy::SecretString;

use super::{Inputs, certificate_unreadable};
use connection_core::connection::desired::{KeyLocation, SignedAssertion};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_key::SecretKey;
use connection_core::connection::secret_ref::{
    KEY_PASSWORD_KEY, KEYSTORE_KEYS, PASSWORD_KEY, TLS_CERTIFICATE, TLS_KEY,
};
use connection_core::keys::certificate::Certificate;
use connection_core::keys::keystore::{KeyPair, Keystore};
use connection_core::oauth::signer::Signer;

/// Opens the signer of an assertion.
pub(super) fn signer(inputs: &Inputs, signed: &SignedAssertion) -> Result<Signer, ConnectionError> {
    let location = &signed.key;
    let pair = key_pair(inputs.secret(&location.secret, location.field)?, location)?;
    let certificate = signed.certificate.as_ref().map(|at| certificate(inputs, at)).transpose()?;
    Signer::new(pair, &signed.algorithms, certificate)
        .map_err(|error| ConnectionError::from_signer_error(&error, location.field))
}

/// Opens the client certificate and its key.
pub(super) fn identity(
    inputs: &Inputs,
    location: &KeyLocation,
) -> Result<KeyPair, ConnectionError> {
    let pair = key_pair(inputs.secret(&location.secret, location.field)?, location)?;
    if pair.chain.is_empty() {
        let message = format!(
            "{}: the key has no certificate to show: add it to the keystore",
            location.field
        );
        return Err(ConnectionError::on_change(Reason::CertificateMissing, message));
    }
    Ok(pair)
}

fn key_pair(
    data: &BTreeMap<String, ByteString>,
    location: &KeyLocation,
) -> Result<KeyPair, ConnectionError> {
    let (keystore, key_password) = open(data, location)?;
    let pair = keystore.key_pair(location.alias.as_deref(), key_password.as_ref());
    pair.map_err(|error| ConnectionError::from_keystore_error(&error, location.field))
}

/// Opens a keystore in a Secret's data. Beside it, the password of its keys, where they have one of
/// their own. Takes as long as [`Keystore::open`] does.
///
/// # Errors
///
/// Returns a fault when the keystore or a named password is not there or cannot be used.
pub fn open(
    data: &BTreeMap<String, ByteString>,
    location: &KeyLocation,
) -> Result<(Keystore, Option<SecretString>), ConnectionError> {
    let secret = |named: Option<&String>, usual: &str| {
        let key = named.map_or_else(|| usual.to_owned(), Clone::clone);
        let at = SecretKey { field: location.field, secret: location.secret.clone(), key };
        password(data, &at, named.is_some())
    };
    let store_password = secret(location.password_key.as_ref(), PASSWORD_KEY)?;
    let key_password = secret(location.key_password_key.as_ref(), KEY_PASSWORD_KEY)?;
    let keystore = match keystore_key(data, location)? {
        KeystorePart::Tls(certificates, key) => Keystore::from_tls(certificates, key),
        KeystorePart::Store(bytes) => Keystore::open(bytes, store_password.as_ref()),
    };
    let keystore =
        keystore.map_err(|error| ConnectionError::from_keystore_error(&error, location.field))?;
    Ok((keystore, key_password))
}

/// Where in a Secret the keystore is.
enum KeystorePart<'a> {
    Store(&'a [u8]),
    Tls(&'a [u8], &'a [u8]),
}

fn keystore_key<'a>(
    data: &'a BTreeMap<String, ByteString>,
    location: &KeyLocation,
) -> Result<KeystorePart<'a>, ConnectionError> {
    let bytes = |key: &str| data.get(key).map(|one| one.0.as_slice());
    let tls = bytes(TLS_CERTIFICATE).zip(bytes(TLS_KEY));
    if let Some(key) = &location.key {
        let named = [TLS_CERTIFICATE, TLS_KEY].contains(&key.as_str());
        if let Some((certificates, key)) = tls.filter(|_| named) {
            return Ok(KeystorePart::Tls(certificates, key));
        }
        let missing =
            || ConnectionError::secret_key_not_found(location.field, &location.secret, key);
        return bytes(key).map(KeystorePart::Store).ok_or_else(missing);
    }
    let mut found = KEYSTORE_KEYS
        .iter()
        .filter_map(|key| bytes(key))
        .map(KeystorePart::Store)
        .collect::<Vec<_>>();
    if let Some((certificates, key)) = tls {
        found.push(KeystorePart::Tls(certificates, key));
    }
    match (found.len(), found.pop()) {
        (1, Some(place)) => Ok(place),
        (0, _) => Err(ConnectionError::secret_key_not_found(
            location.field,
            &location.secret,
            "keystore.p12",
        )),
        _ => {
            let message = format!(
                "{}: Secret `{}` holds more than one keystore: say which by `key`",
                location.field, location.secret
            );
            Err(ConnectionError::on_change(Reason::SecretInvalid, message))
        }
    }
}

/// A password, where there is one; without the line break that an editor leaves at its end.
pub(super) fn password(
    data: &BTreeMap<String, ByteString>,
    at: &SecretKey,
    required: bool,
) -> Result<Option<SecretString>, ConnectionError> {
    match data.get(&at.key) {
        None if required => {
            Err(ConnectionError::secret_key_not_found(at.field, &at.secret, &at.key))
        }
        None => Ok(None),
        Some(value) => {
            let text = str::from_utf8(&value.0).map_err(|_| {
                ConnectionError::secret_invalid(at, "is not UTF-8 text: write it as text")
            })?;
            Ok(Some(text.strip_suffix('\n').unwrap_or(text).into()))
        }
    }
}

fn certificate(inputs: &Inputs, at: &SecretKey) -> Result<Certificate, ConnectionError> {
    let bytes = inputs.bytes(at)?;
    Certificate::from_pem(bytes)
        .or_else(|_| Certificate::from_der(bytes))
        .map_err(|_| certificate_unreadable(at))
}
