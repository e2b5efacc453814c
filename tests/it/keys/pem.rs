use connection_core::keys::error::KeystoreError;
use connection_core::keys::keystore::Keystore;
use connection_core::keys::keystore::KeystoreFormat;
use connection_core::keys::keystore::MAX_KEYSTORE_BYTES;
use connection_core::keys::private_key::KeyKind;

use super::fixtures::KEY;
use super::fixtures::bytes;
use super::secret;

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };

#[test]
fn every_encoding_of_an_unencrypted_key_is_supported() {
    for (file, kind) in [
        ("rsa.p8.pem", RSA),
        ("rsa.p1.pem", RSA),
        ("rsa3072.p8.pem", KeyKind::Rsa { bits: 3072 }),
        ("p256.p8.pem", KeyKind::P256),
        ("p256.sec1.pem", KeyKind::P256),
        ("params.sec1.pem", KeyKind::P256),
        ("p384.p8.pem", KeyKind::P384),
        ("p384.sec1.pem", KeyKind::P384),
        ("p521.p8.pem", KeyKind::P521),
        ("p521.sec1.pem", KeyKind::P521),
        ("ed25519.p8.pem", KeyKind::Ed25519),
        ("bags.pem", RSA),
    ] {
        let text = String::from_utf8(bytes(file)).unwrap();
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}# ä\n{text}")] {
            let store = Keystore::open(text.as_bytes(), None).unwrap();
            assert_eq!(store.format(), KeystoreFormat::Pem);
            let pair = store.key_pair(None, None).unwrap();
            assert_eq!(pair.private_key.kind(), kind, "{file}");
        }
    }
}

#[test]
fn the_thumbprint_is_independent_of_the_encoding() {
    let thumbprint = |file: &str, password: Option<&str>| {
        let store = Keystore::open(&bytes(file), password.map(secret).as_ref()).unwrap();
        store.key_pair(None, None).unwrap().private_key.public_key_thumbprint()
    };
    assert_eq!(thumbprint("rsa.p8.pem", None), thumbprint("rsa.p1.pem", None));
    assert_eq!(thumbprint("p256.p8.pem", None), thumbprint("p256.sec1.pem", None));
    assert_eq!(thumbprint("p256.p8.pem", None), thumbprint("enc.default.pem", Some(KEY)));
    assert_ne!(thumbprint("p256.p8.pem", None), thumbprint("params.sec1.pem", None));
}

#[test]
fn every_encryption_of_a_key_is_supported() {
    for name in ["default", "aes128sha1", "aes192sha512", "des3", "scrypt", "pbe3des", "pberc2"] {
        let store = Keystore::open(&bytes(&format!("enc.{name}.pem")), None).unwrap();
        let with = |password| store.key_pair(None, Some(&secret(password)));
        assert_eq!(with(KEY).unwrap().private_key.kind(), KeyKind::P256, "{name}");
        assert_eq!(with("nope").unwrap_err(), KeystoreError::WrongKeyPassword, "{name}");
        let missing = store.key_pair(None, None).unwrap_err();
        assert_eq!(missing, KeystoreError::KeyPasswordMissing, "{name}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    for (file, what) in [
        ("rsa1024.p8.pem", "has 1024 bits"),
        ("rsapss.p8.pem", "restricted to PSS"),
        ("k256.p8.pem", "EC on a curve with OID 1.3.132.0.10"),
        ("explicit.p8.pem", "explicit parameters"),
        ("ed448.p8.pem", "Ed448"),
        ("enc.pbemd5.pem", "OID 1.2.840.113549.1.5.3"),
        ("rsa.dek.pem", "DEK-Info"),
        ("rsa.p8.der", "another DER file"),
        ("root.crt", "no private key"),
    ] {
        let store = Keystore::open(&bytes(file), Some(&secret(KEY)));
        let error = store.and_then(|store| store.key_pair(None, None)).unwrap_err();
        assert!(error.to_string().contains(what), "{file}: {error}");
    }
}

#[test]
fn a_tls_secret_has_key_and_chain() {
    let chain = [bytes("pool.pem"), bytes("leaf.crt")].concat();
    for key in ["rsa.p8.pem", "rsa.p1.pem"] {
        let store = Keystore::from_tls(&chain, &bytes(key)).unwrap();
        let pair = store.key_pair(None, None).unwrap();
        assert!(pair.chain[0].matches(&pair.private_key));
    }
    let pair = Keystore::from_tls(&bytes("ed25519.crt.pem"), &bytes("ed25519.p8.pem"));
    let pair = pair.unwrap().key_pair(None, None).unwrap();
    assert_eq!(pair.private_key.kind(), KeyKind::Ed25519);
    assert_eq!(pair.chain[0].subject(), "CN=ed25519");
}

#[test]
fn a_certificate_of_another_key_is_rejected() {
    let store = Keystore::from_tls(&bytes("p256.crt.pem"), &bytes("p384.p8.pem")).unwrap();
    assert_eq!(store.key_pair(None, None).unwrap_err(), KeystoreError::CertificateMismatch);
    let store = Keystore::from_tls(b"", &bytes("p384.p8.pem")).unwrap();
    assert_eq!(store.key_pair(None, None).unwrap().chain, []);
}

#[test]
fn several_keys_or_an_alias_are_rejected_in_pem() {
    let two = [bytes("rsa.p8.pem"), bytes("p256.p8.pem")].concat();
    let error = Keystore::open(&two, None).unwrap().key_pair(None, None).unwrap_err();
    assert_eq!(error, KeystoreError::AliasRequired { count: 2 });
    let store = Keystore::open(&bytes("rsa.p8.pem"), None).unwrap();
    let error = store.key_pair(Some("a"), None).unwrap_err();
    assert!(error.to_string().contains("because PEM has no aliases"), "{error}");
}

#[test]
fn other_files_are_rejected_with_a_hint() {
    for (file, hint) in [
        (&b""[..], "empty"),
        (b"MIIKXwIBAzCC", "base64"),
        (b"LS0tLS1CRUdJTiBD", "base64"),
        (b"/u3+7QAAAAIAAAAB", "base64"),
        (b"\x30\x03\x02\x01\x05", "DER"),
        (b"hello", "whole file"),
    ] {
        let error = Keystore::open(file, Some(&secret("x"))).unwrap_err();
        assert!(matches!(error, KeystoreError::UnknownFormat { .. }), "{file:?}");
        assert!(error.to_string().contains(hint), "{error}");
    }
    let large = vec![b' '; MAX_KEYSTORE_BYTES + 1];
    let error = Keystore::open(&large, None).unwrap_err();
    assert!(matches!(error, KeystoreError::TooLarge { .. }));
}
