//! Opens keystores in Secrets.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use secrecy::SecretString;

use super::{Inputs, invalid_certificate};
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

/// Returns the signer of an assertion.
pub(super) fn signer(inputs: &Inputs, signed: &SignedAssertion) -> Result<Signer, ConnectionError> {
    let location = &signed.key;
    let pair = key_pair(inputs.secret(&location.secret, location.field)?, location)?;
    let certificate = signed.certificate.as_ref().map(|at| certificate(inputs, at)).transpose()?;
    Signer::new(pair, &signed.algorithms, certificate)
        .map_err(|error| ConnectionError::from_signer_error(&error, location.field))
}

/// Returns the TLS client certificate and its private key.
pub(super) fn identity(
    inputs: &Inputs,
    location: &KeyLocation,
) -> Result<KeyPair, ConnectionError> {
    let pair = key_pair(inputs.secret(&location.secret, location.field)?, location)?;
    // A TLS client cannot identify itself with a key alone.
    if pair.chain.is_empty() {
        let message = format!(
            "{}: the private key has no certificate: add its certificate to the keystore",
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

/// Opens the keystore in a Secret's data. Also returns the password of its keys, if they have their
/// own. Blocks as long as [`Keystore::open`] does.
pub fn open(
    data: &BTreeMap<String, ByteString>,
    location: &KeyLocation,
) -> Result<(Keystore, Option<SecretString>), ConnectionError> {
    let read_password = |named: Option<&String>, default: &str| {
        let key = named.map_or_else(|| default.to_owned(), Clone::clone);
        let at = SecretKey { field: location.field, secret: location.secret.clone(), key };
        password(data, &at, named.is_some())
    };
    let store_password = read_password(location.password_key.as_ref(), PASSWORD_KEY)?;
    let key_password = read_password(location.key_password_key.as_ref(), KEY_PASSWORD_KEY)?;
    let keystore = match keystore_bytes(data, location)? {
        KeystoreBytes::Tls(certificates, key) => Keystore::from_tls(certificates, key),
        KeystoreBytes::Store(bytes) => Keystore::open(bytes, store_password.as_ref()),
    };
    let keystore =
        keystore.map_err(|error| ConnectionError::from_keystore_error(&error, location.field))?;
    Ok((keystore, key_password))
}

/// The keystore of a Secret: one value, or certificates and private key of `kubernetes.io/tls`.
enum KeystoreBytes<'a> {
    Store(&'a [u8]),
    Tls(&'a [u8], &'a [u8]),
}

fn keystore_bytes<'a>(
    data: &'a BTreeMap<String, ByteString>,
    location: &KeyLocation,
) -> Result<KeystoreBytes<'a>, ConnectionError> {
    let bytes = |key: &str| data.get(key).map(|value| value.0.as_slice());
    let tls = bytes(TLS_CERTIFICATE).zip(bytes(TLS_KEY));
    if let Some(key) = &location.key {
        // Naming one half of a `kubernetes.io/tls` Secret means the pair.
        let is_tls = [TLS_CERTIFICATE, TLS_KEY].contains(&key.as_str());
        if let Some((certificates, key)) = tls.filter(|_| is_tls) {
            return Ok(KeystoreBytes::Tls(certificates, key));
        }
        let missing =
            || ConnectionError::secret_key_not_found(location.field, &location.secret, key);
        return bytes(key).map(KeystoreBytes::Store).ok_or_else(missing);
    }
    let mut found = KEYSTORE_KEYS
        .iter()
        .filter_map(|key| bytes(key))
        .map(KeystoreBytes::Store)
        .collect::<Vec<_>>();
    if let Some((certificates, key)) = tls {
        found.push(KeystoreBytes::Tls(certificates, key));
    }
    match (found.len(), found.pop()) {
        // Never guess between keystores: the wrong key would be rejected by the provider.
        (1, Some(keystore)) => Ok(keystore),
        (0, _) => Err(ConnectionError::secret_key_not_found(
            location.field,
            &location.secret,
            "keystore.p12",
        )),
        _ => {
            let message = format!(
                "{}: Secret `{}` contains more than one keystore: set `key`",
                location.field, location.secret
            );
            Err(ConnectionError::on_change(Reason::SecretInvalid, message))
        }
    }
}

/// Returns a password, if there is one, without the line break that editors add at the end.
pub(super) fn password(
    data: &BTreeMap<String, ByteString>,
    at: &SecretKey,
    required: bool,
) -> Result<Option<SecretString>, ConnectionError> {
    match data.get(&at.key) {
        // The spec names the key, so its absence is a mistake and not an empty password.
        None if required => {
            Err(ConnectionError::secret_key_not_found(at.field, &at.secret, &at.key))
        }
        None => Ok(None),
        Some(value) => {
            let text = str::from_utf8(&value.0).map_err(|_| {
                ConnectionError::secret_invalid(at, "is not UTF-8 text: store it as text")
            })?;
            Ok(Some(text.strip_suffix('\n').unwrap_or(text).into()))
        }
    }
}

fn certificate(inputs: &Inputs, at: &SecretKey) -> Result<Certificate, ConnectionError> {
    let bytes = inputs.bytes(at)?;
    // PEM is the form of cert-manager and OpenSSL; Java tools export DER.
    Certificate::from_pem(bytes)
        .or_else(|_| Certificate::from_der(bytes))
        .map_err(|_| invalid_certificate(at))
}
