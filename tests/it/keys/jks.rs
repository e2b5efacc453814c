use connection_core::keys::certificate::Certificate;
use connection_core::keys::error::KeystoreError;
use connection_core::keys::keystore::EntryKind;
use connection_core::keys::keystore::Keystore;
use connection_core::keys::keystore::KeystoreEntry;
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
fn every_type_of_key_loads_with_its_own_password() {
    let store = open("multi.jks", STORE);
    assert_eq!(store.format(), KeystoreFormat::Jks);
    for (alias, kind) in [
        ("rsa2048", KeyKind::Rsa { bits: 2048 }),
        ("ec384", KeyKind::P384),
        ("ed25519", KeyKind::Ed25519),
        ("mixedcase", KeyKind::P256),
    ] {
        let pair = store.key_pair(Some(alias), Some(&secret(KEY))).unwrap();
        assert_eq!(pair.private_key.kind(), kind);
        assert_eq!(pair.chain.len(), 1);
        assert!(pair.chain[0].matches(&pair.private_key));
        let error = store.key_pair(Some(alias), None).unwrap_err();
        assert_eq!(error, KeystoreError::WrongKeyPassword);
    }
}

#[test]
fn a_key_may_have_its_own_password() {
    let store = open("multi.jks", STORE);
    let with = |password| store.key_pair(Some("ec256"), Some(&secret(password)));
    assert_eq!(with("otherpw55").unwrap().private_key.kind(), KeyKind::P256);
    assert_eq!(with(KEY).unwrap_err(), KeystoreError::WrongKeyPassword);
}

#[test]
fn aliases_are_case_insensitive() {
    let store = open("multi.jks", STORE);
    for alias in ["MixedCase", "mixedcase", "MIXEDCASE"] {
        let pair = store.key_pair(Some(alias), Some(&secret(KEY))).unwrap();
        assert_eq!(pair.alias.as_deref(), Some("mixedcase"));
    }
}

#[test]
fn an_exact_alias_is_preferred_and_an_ambiguous_one_is_rejected() {
    let store = open("caseexact.jks", STORE);
    for (requested, expected) in [("same", "same"), ("SAME", "SAME"), ("other", "Other")] {
        let pair = store.key_pair(Some(requested), None).unwrap();
        assert_eq!(pair.alias.as_deref(), Some(expected));
    }
    let error = store.key_pair(Some("Same"), None).unwrap_err();
    assert_eq!(error, KeystoreError::AliasRequired { count: 2 });
}

#[test]
fn an_alias_that_is_not_there_or_missing_is_refused_and_no_other_is_named() {
    let store = open("multi.jks", STORE);
    let missing = store.key_pair(None, None).unwrap_err();
    assert_eq!(missing, KeystoreError::AliasRequired { count: 5 });
    for alias in ["nothere", "trust1"] {
        let error = store.key_pair(Some(alias), None).unwrap_err();
        assert!(matches!(error, KeystoreError::AliasNotFound { .. }));
        let text = format!("{error} {error:?} {missing}");
        assert!(text.contains(alias));
        for other in ["rsa2048", "ec256", "ec384", "ed25519", "mixedcase"] {
            assert!(!text.contains(other), "{text}");
        }
    }
}

#[test]
fn passwords_and_aliases_may_be_in_any_script() {
    let pair = key_pair("utf8.jks", NON_ASCII, None);
    assert_eq!(pair.alias.as_deref(), Some("schlüssel-日本"));
    assert!(open("utf8.jks", NON_ASCII).key_pair(Some("SCHLÜSSEL-日本"), None).is_ok());
    let wrong = try_open("utf8.jks", "passwort€1").unwrap_err();
    assert_eq!(wrong, KeystoreError::WrongStorePassword);
}

#[test]
fn a_wrong_and_a_missing_store_password_are_distinguished() {
    assert_eq!(try_open("multi.jks", "nope").unwrap_err(), KeystoreError::WrongStorePassword);
    let trailing = format!("{STORE}\n");
    assert_eq!(try_open("multi.jks", &trailing).unwrap_err(), KeystoreError::WrongStorePassword);
    let missing = Keystore::open(&bytes("multi.jks"), None).unwrap_err();
    assert_eq!(missing, KeystoreError::StorePasswordMissing);
}

#[test]
fn entries_are_listed_with_their_types() {
    let mut entries = open("multi.jks", STORE).entries();
    entries.sort_by(|left, right| left.alias.cmp(&right.alias));
    let key =
        |alias: &str| KeystoreEntry { alias: Some(alias.to_owned()), kind: EntryKind::PrivateKey };
    let trusted =
        KeystoreEntry { alias: Some("trust1".to_owned()), kind: EntryKind::TrustedCertificate };
    let keys = ["ec256", "ec384", "ed25519", "mixedcase", "rsa2048"].map(key);
    assert_eq!(entries, [&keys[..], &[trusted]].concat());
}

#[test]
fn a_truststore_has_certificates_and_no_key() {
    let store = open("trust.jks", STORE);
    assert_eq!(store.key_pair(None, None).unwrap_err(), KeystoreError::NoPrivateKey);
    assert_eq!(store.certificates().unwrap()[0].subject(), "CN=root");
    assert_eq!(open("multi.jks", STORE).certificates().unwrap().len(), 1);
    let empty = open("empty.jks", STORE);
    assert_eq!(empty.key_pair(Some("a"), None).unwrap_err(), KeystoreError::NoPrivateKey);
    assert_eq!(empty.certificates(), Ok(Vec::new()));
}

#[test]
fn a_chain_keeps_its_order() {
    let pair = key_pair("caseexact.jks", STORE, Some("same"));
    let subjects: Vec<_> = pair.chain.iter().map(Certificate::subject).collect();
    assert_eq!(subjects, ["CN=leaf, O=Tests", "CN=issuer", "CN=root"]);
}

#[test]
fn jceks_is_rejected_with_the_command_that_converts_it() {
    let error = try_open("multi.jceks", STORE).unwrap_err();
    assert!(matches!(error, KeystoreError::UnknownFormat { .. }));
    assert!(error.to_string().contains("keytool -importkeystore"), "{error}");
}
