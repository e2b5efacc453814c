use std::time::Duration;

use connection_core::clock::Stopwatch;
use connection_core::keys::keystore::Keystore;
use proptest::prelude::*;
use proptest::sample::Index;

use super::fixtures::KEY;
use super::fixtures::STORE;
use super::fixtures::bytes;
use super::secret;

/// The iteration limit allows a few seconds in a debug build; a missing limit would take hours.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Opens a file and decrypts all its keys.
fn exercise(file: &[u8]) {
    let stopwatch = Stopwatch::start();
    for password in [None, Some(secret(STORE)), Some(secret(KEY))] {
        let Ok(store) = Keystore::open(file, password.as_ref()) else { continue };
        let _ = store.certificates();
        for entry in store.entries() {
            if let Ok(pair) = store.key_pair(entry.alias.as_deref(), None) {
                let _ = pair.private_key.encoding_key();
            }
        }
    }
    assert!(stopwatch.elapsed() < TIME_LIMIT, "{:?}", stopwatch.elapsed());
}

fn any_fixture() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        "multi.jks",
        "trust.jks",
        "ossl.default.p12",
        "ossl.legacy.p12",
        "ossl.certnone.p12",
        "plain.p12",
        "perkey.p12",
        "secret.p12",
        "certsonly.p12",
        "rsa.p1.pem",
        "p256.sec1.pem",
        "enc.default.pem",
        "enc.scrypt.pem",
        "bags.pem",
        "pool.pem",
    ])
    .prop_map(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_file_with_changed_bytes_never_panics(
        mut file in any_fixture(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        for (index, byte) in changes {
            let index = index.index(file.len());
            file[index] = byte;
        }
        exercise(&file);
    }

    #[test]
    fn a_truncated_file_never_panics(
        file in any_fixture(),
        length in any::<Index>(),
    ) {
        exercise(&file[..length.index(file.len())]);
    }

    #[test]
    fn random_bytes_after_a_magic_never_panic(
        magic in prop::sample::select(vec![
            &b"\xfe\xed\xfe\xed\0\0\0\x02"[..], b"\x30\x82\x01\0\x02\x01\x03", b"-----BEGIN ", b"",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        exercise(&[magic, &rest].concat());
    }
}
