//! Generates JKS files. Computes the digest after mutating the body, so that the body is parsed.

use aws_lc_rs::digest::Context;
use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY as SHA1;
use connection_core::keys::keystore::Keystore;
use secrecy::SecretString;

use crate::asn1;
use crate::random::Random;
use crate::runner::fuzz;

const PASSWORD: &str = "pässwörd";

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

fn utf16() -> Vec<u8> {
    PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn blob(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn text(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// Encrypts a key with the cipher of JKS.
fn protect(random: &mut Random, plain: &[u8]) -> Vec<u8> {
    let salt = random.bytes(20);
    let mut data = salt.clone();
    let mut block = salt;
    for chunk in plain.chunks(20) {
        block = sha1(&[&utf16(), &block]);
        data.extend(chunk.iter().zip(&block).map(|(byte, key)| byte ^ key));
    }
    data.extend(sha1(&[&utf16(), plain]));
    let algorithm = asn1::oid(b"\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01");
    asn1::sequence(&[asn1::sequence(&[algorithm, vec![5, 0]]), asn1::octets(data)])
}

fn certificate(random: &mut Random) -> Vec<u8> {
    [text(b"X.509"), blob(&asn1::certificate(random))].concat()
}

fn entry(random: &mut Random) -> Vec<u8> {
    let length = random.below(12);
    let alias = if random.one_in(4) { random.bytes(length) } else { b"alias".to_vec() };
    let head = |tag: u8| [&[0, 0, 0, tag][..], &text(&alias), &[0; 8]].concat();
    if random.one_in(3) {
        return [head(2), certificate(random)].concat();
    }
    let plain = asn1::private_key(random);
    let protected = blob(&protect(random, &plain));
    [head(1), protected, vec![0, 0, 0, 1], certificate(random)].concat()
}

pub fn generate(random: &mut Random) -> Vec<u8> {
    let count = random.below(4);
    let declared = if random.one_in(8) { random.odd() } else { u8::try_from(count).unwrap() };
    let mut body = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, declared];
    for _ in 0..count {
        body.extend(entry(random));
    }
    if !random.one_in(4) {
        random.mutate(&mut body);
    }
    let digest = sha1(&[&utf16(), b"Mighty Aphrodite", &body]);
    body.extend(digest);
    if random.one_in(16) {
        random.mutate(&mut body);
    }
    body
}

/// Opens a file and decrypts its keys; returns the number of usable keys.
pub fn exercise(file: &[u8], password: Option<&SecretString>) -> usize {
    let Ok(store) = Keystore::open(file, password) else { return 0 };
    let _ = store.certificates();
    let entries = store.entries();
    // A mutated file may have many entries; a few are sufficient.
    let pairs = entries.iter().take(8).map(|entry| store.key_pair(entry.alias.as_deref(), None));
    pairs
        .filter(|pair| pair.as_ref().is_ok_and(|pair| pair.private_key.encoding_key().is_ok()))
        .count()
}

#[test]
fn no_jks_panics() {
    let password = SecretString::from(PASSWORD);
    fuzz("jks", generate, |file| {
        exercise(file, Some(&password));
    });
}

#[test]
fn the_generator_produces_valid_keystores() {
    let password = SecretString::from(PASSWORD);
    let files = (0..2000).map(|seed| generate(&mut Random::new(seed)));
    assert!(files.filter(|file| exercise(file, Some(&password)) > 0).count() > 20);
}
