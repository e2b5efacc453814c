//! Finds keystores in the data of a Secret.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;

use connection_core::connection::secret_ref::{
    KEYSTORE_KEYS, TLS_CERTIFICATE, TLS_KEY, TRUSTSTORE_KEYS,
};
use connection_core::keys::keystore::KeystoreFormat;

/// The common end of the PEM labels of private keys.
const PEM_KEY: &[u8] = b"PRIVATE KEY-----";

/// Returns the data keys that the operator looks for, with any value, and all other keys whose value
/// is a keystore.
pub(super) fn keystore_keys(data: &BTreeMap<String, ByteString>) -> Vec<String> {
    let pair = data.contains_key(TLS_CERTIFICATE) && data.contains_key(TLS_KEY);
    let is_keystore = |key: &str, bytes: &[u8]| match key {
        TLS_CERTIFICATE => false,
        // Without tls.crt, tls.key counts only if its content is a private key.
        TLS_KEY if pair => true,
        key if KEYSTORE_KEYS.contains(&key) => true,
        // A truststore has the format of a keystore, but no private key.
        key if TRUSTSTORE_KEYS.contains(&key) => false,
        _ => has_private_key_format(bytes),
    };
    let keystores = data.iter().filter(|(key, value)| is_keystore(key, &value.0));
    keystores.map(|(key, _)| key.clone()).collect()
}

fn has_private_key_format(bytes: &[u8]) -> bool {
    match KeystoreFormat::detect(bytes) {
        Ok(KeystoreFormat::Jks | KeystoreFormat::Pkcs12) => true,
        // A PEM file that only has certificates is a truststore.
        Ok(KeystoreFormat::Pem) => bytes.windows(PEM_KEY.len()).any(|window| window == PEM_KEY),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type KeystoreRow<'a> = (&'a [(&'a str, &'a [u8])], &'a [&'a str]);

    #[test]
    fn keystores_are_found_by_key_or_by_format() {
        let jks: &[u8] = &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2];
        let pem: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
        let certificate: &[u8] = b"-----BEGIN CERTIFICATE-----\nMC4=\n-----END CERTIFICATE-----\n";
        let table: [KeystoreRow<'_>; 7] = [
            (&[("keystore.p12", b"anything"), ("password", b"x")], &["keystore.p12"]),
            (&[("tls.crt", certificate), ("tls.key", pem)], &["tls.key"]),
            (&[("tls.key", b"no pair")], &[]),
            (&[("crm.store", jks)], &["crm.store"]),
            (&[("key.txt", pem)], &["key.txt"]),
            (&[("ca.crt", certificate), ("truststore.jks", jks)], &[]),
            (&[("access_token", b"eyJ"), ("root", certificate)], &[]),
        ];
        for (entries, expected) in table {
            let data =
                entries.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.to_vec())));
            assert_eq!(keystore_keys(&data.collect()), expected, "{entries:?}");
        }
    }
}
