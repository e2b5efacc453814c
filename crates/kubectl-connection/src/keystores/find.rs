//! Where in a Secret keystores are.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;

use connection_core::connection::secret_ref::{
    KEYSTORE_KEYS, TLS_CERTIFICATE, TLS_KEY, TRUSTSTORE_KEYS,
};
use connection_core::keys::keystore::Format;

/// How a private key in PEM form shows.
const PEM_KEY: &[u8] = b"PRIVATE KEY-----";

/// The keys of a Secret's data that hold a keystore: those that the operator looks for, whatever is
/// in them, and others that look like one.
pub(super) fn places(data: &BTreeMap<String, ByteString>) -> Vec<String> {
    let pair = data.contains_key(TLS_CERTIFICATE) && data.contains_key(TLS_KEY);
    let is_place = |key: &str, bytes: &[u8]| match key {
        TLS_CERTIFICATE => false,
        TLS_KEY if pair => true,
        key if KEYSTORE_KEYS.contains(&key) => true,
        key if TRUSTSTORE_KEYS.contains(&key) => false,
        _ => looks_like_one(bytes),
    };
    let found = data.iter().filter(|(key, value)| is_place(key, &value.0));
    found.map(|(key, _)| key.clone()).collect()
}

fn looks_like_one(bytes: &[u8]) -> bool {
    match Format::detect(bytes) {
        Ok(Format::Jks | Format::Pkcs12) => true,
        Ok(Format::Pem) => bytes.windows(PEM_KEY.len()).any(|window| window == PEM_KEY),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a [(&'a str, &'a [u8])], &'a [&'a str]);

    #[test]
    fn keystores_are_found_by_their_key_or_by_their_bytes() {
        let jks: &[u8] = &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2];
        let pem: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
        let certificate: &[u8] = b"-----BEGIN CERTIFICATE-----\nMC4=\n-----END CERTIFICATE-----\n";
        let table: [Row<'_>; 7] = [
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
            assert_eq!(places(&data.collect()), expected, "{entries:?}");
        }
    }
}
