use connection_core::keys::certificate::Certificate;
use connection_core::keys::error::KeystoreError;
use connection_core::keys::kdf_budget::MAX_KDF_ROUNDS;
use connection_core::keys::keystore::EntryKind;
use connection_core::keys::keystore::Keystore;
use connection_core::keys::keystore::KeystoreFormat;
use connection_core::keys::private_key::KeyKind;

use super::fixtures::KEY;
use super::fixtures::NON_ASCII;
use super::fixtures::STORE;
use super::fixtures::bytes;
use super::key_pair;
use super::open;
use super::secret;
use super::try_open;

#[test]
fn every_encryption_of_openssl_is_supported_and_the_chain_is_ordered() {
    for name in [
        "default",
        "legacy",
        "aes128sha512",
        "sha384",
        "sha224",
        "certnone",
        "nomac",
        "des3",
        "des2",
        "rc2128",
        "iter100000",
        "nomaciter",
    ] {
        let pair = key_pair(&format!("ossl.{name}.p12"), STORE, None);
        assert_eq!(pair.private_key.kind(), KeyKind::Rsa { bits: 2048 }, "{name}");
        let subjects: Vec<_> = pair.chain.iter().map(Certificate::subject).collect();
        assert_eq!(subjects, ["CN=leaf, O=Tests", "CN=issuer", "CN=root"], "{name}");
    }
}

#[test]
fn every_type_of_key_of_keytool_loads_by_its_alias() {
    let store = open("multi.p12", STORE);
    assert_eq!(store.format(), KeystoreFormat::Pkcs12);
    for (alias, kind) in [
        ("rsa2048", KeyKind::Rsa { bits: 2048 }),
        ("ec256", KeyKind::P256),
        ("ec384", KeyKind::P384),
        ("ed25519", KeyKind::Ed25519),
        ("MixedCase", KeyKind::P256),
        ("MIXEDCASE", KeyKind::P256),
    ] {
        let pair = store.key_pair(Some(alias), None).unwrap();
        assert_eq!(pair.private_key.kind(), kind);
        assert_eq!(pair.chain.len(), 1, "{alias}");
        assert!(pair.chain[0].matches(&pair.private_key));
        assert!(pair.chain[0].subject().to_lowercase().contains(&alias.to_lowercase()));
    }
    assert_eq!(store.key_pair(None, None).unwrap_err(), KeystoreError::AliasRequired { count: 5 });
}

#[test]
fn keystores_of_old_java_versions_are_supported() {
    let pair = key_pair("jdklegacy.p12", STORE, Some("EC256"));
    assert!(pair.chain[0].matches(&pair.private_key));
}

#[test]
fn each_key_may_have_its_own_password() {
    let store = open("perkey.p12", STORE);
    for alias in ["one", "two"] {
        let password = secret(&format!("{KEY}{alias}"));
        assert!(store.key_pair(Some(alias), Some(&password)).is_ok());
    }
    let wrong = store.key_pair(Some("two"), Some(&secret(&format!("{KEY}one"))));
    assert_eq!(wrong.unwrap_err(), KeystoreError::WrongKeyPassword);
    let default = store.key_pair(Some("one"), None).unwrap_err();
    assert_eq!(default, KeystoreError::WrongKeyPassword);
}

#[test]
fn an_alias_is_the_friendly_name_and_may_be_missing() {
    assert_eq!(key_pair("ossl.default.p12", STORE, None).alias.as_deref(), Some("LeafAlias"));
    assert!(open("ossl.default.p12", STORE).key_pair(Some("leafALIAS"), None).is_ok());
    assert_eq!(key_pair("ossl.sha384.p12", STORE, None).alias, None);
}

#[test]
fn a_wrong_and_a_missing_store_password_are_distinguished() {
    for file in ["ossl.default.p12", "ossl.legacy.p12", "ossl.nomac.p12", "ossl.des3.p12"] {
        let wrong = try_open(file, "nope").unwrap_err();
        assert_eq!(wrong, KeystoreError::WrongStorePassword, "{file}");
        let missing = Keystore::open(&bytes(file), None).unwrap_err();
        assert_eq!(missing, KeystoreError::StorePasswordMissing, "{file}");
    }
    let certnone = open("ossl.certnone.p12", STORE).key_pair(None, Some(&secret("nope")));
    assert_eq!(certnone.unwrap_err(), KeystoreError::WrongKeyPassword);
}

#[test]
fn passwords_may_be_empty_absent_or_in_any_script() {
    assert!(Keystore::open(&bytes("plain.p12"), None).unwrap().key_pair(None, None).is_ok());
    assert_eq!(key_pair("emptypw.p12", "", None).chain.len(), 1);
    assert_eq!(key_pair("utf8.p12", NON_ASCII, None).private_key.kind(), KeyKind::P256);
}

#[test]
fn truststores_contain_certificates_with_and_without_the_trust_attribute_of_java() {
    for (file, count) in [("trust.p12", 1), ("certsonly.p12", 3), ("multi.p12", 1)] {
        assert_eq!(open(file, STORE).certificates().unwrap().len(), count, "{file}");
    }
    for file in ["trust.p12", "certsonly.p12", "empty.p12"] {
        let error = open(file, STORE).key_pair(None, None).unwrap_err();
        assert_eq!(error, KeystoreError::NoPrivateKey, "{file}");
    }
    assert_eq!(open("ossl.default.p12", STORE).certificates(), Ok(Vec::new()));
}

#[test]
fn a_symmetric_key_is_listed_and_ignored() {
    let store = open("secret.p12", STORE);
    let entries = store.entries();
    let kinds: Vec<_> =
        entries.iter().map(|entry| (entry.alias.as_deref().unwrap(), entry.kind)).collect();
    assert_eq!(kinds, [("leaf", EntryKind::PrivateKey), ("aes", EntryKind::SecretKey)]);
    assert_eq!(store.key_pair(None, None).unwrap().chain.len(), 3);
}

#[test]
fn rc4_is_rejected_when_it_is_used() {
    let unsupported = KeystoreError::UnsupportedEncryption { what: "RC4".to_owned() };
    assert_eq!(try_open("ossl.rc4.p12", STORE).unwrap_err(), unsupported);
    let store = open("ossl.rc4key.p12", STORE);
    assert_eq!(store.key_pair(None, None).unwrap_err(), unsupported);
}

#[test]
fn a_weak_key_is_rejected() {
    let error = open("weak.p12", STORE).key_pair(None, None).unwrap_err();
    assert_eq!(error, KeystoreError::KeyTooWeak { bits: 1024 });
}

#[test]
fn too_many_iterations_are_rejected_before_derivation() {
    let limit = MAX_KDF_ROUNDS;
    let error = KeystoreError::KdfLimitExceeded { rounds: 2_000_001, limit };
    let costly = Keystore::open(&bytes("enc.costly.pem"), Some(&secret(KEY))).unwrap();
    assert_eq!(costly.key_pair(None, None).unwrap_err(), error);
    // Each derivation of this file is within the limit, both together are not.
    let error = KeystoreError::KdfLimitExceeded { rounds: 2_200_000, limit };
    assert_eq!(try_open("ossl.costly.p12", STORE).unwrap_err(), error);
}

#[test]
fn ber_is_rejected_with_the_command_that_converts_it() {
    let error = try_open_bytes(b"\x30\x80\x02\x01\x03\x30\x80\0\0\0\0");
    assert!(matches!(error, KeystoreError::UnsupportedEncryption { .. }));
    assert!(error.to_string().contains("BER"), "{error}");
    assert!(error.to_string().contains("keytool -importkeystore"), "{error}");
}

fn try_open_bytes(file: &[u8]) -> KeystoreError {
    Keystore::open(file, Some(&secret(STORE))).unwrap_err()
}
