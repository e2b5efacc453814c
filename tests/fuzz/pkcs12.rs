//! Generates PKCS#12 files without a MAC, so that mutated files are parsed completely.

use secrecy::SecretString;

use crate::asn1::certificate;
use crate::asn1::element;
use crate::asn1::integer;
use crate::asn1::octets;
use crate::asn1::oid;
use crate::asn1::private_key;
use crate::asn1::sequence;
use crate::jks::exercise;
use crate::random::Random;
use crate::runner::fuzz;

const BAGS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
const PKCS7: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07";
const PKCS9: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09";

fn numbered(prefix: &[u8], number: u8) -> Vec<u8> {
    oid([prefix, &[number]].concat())
}

/// Generates an encryption scheme with parameters, valid or not.
fn encryption(random: &mut Random) -> Vec<u8> {
    let length = random.below(20);
    let salt = octets(random.bytes(length));
    if random.one_in(2) {
        let scheme =
            numbered(b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01", random.below(8).to_le_bytes()[0]);
        return sequence(&[scheme, sequence(&[salt, integer(random)])]);
    }
    let pbkdf2 = oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");
    let scrypt = oid(b"\x2b\x06\x01\x04\x01\xda\x47\x04\x0b");
    let function = numbered(b"\x2a\x86\x48\x86\xf7\x0d\x02", 7 + random.below(5).to_le_bytes()[0]);
    let prf = sequence(&[function, vec![5, 0]]);
    let derivation = if random.one_in(2) {
        sequence(&[pbkdf2, sequence(&[salt, integer(random), prf])])
    } else {
        let cost = [salt, integer(random), integer(random), integer(random)];
        sequence(&[scrypt, sequence(&cost)])
    };
    let ciphers: [(&[u8], usize); 4] = [
        (b"\x60\x86\x48\x01\x65\x03\x04\x01\x02", 16),
        (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a", 16),
        (b"\x60\x86\x48\x01\x65\x03\x04\x01\x06", 12),
        (b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", 8),
    ];
    let (cipher, length) = *random.pick(&ciphers);
    let length = if random.one_in(8) { random.below(20) } else { length };
    let cipher = sequence(&[oid(cipher), octets(random.bytes(length))]);
    let pbes2 = oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
    sequence(&[pbes2, sequence(&[derivation, cipher])])
}

fn attributes(random: &mut Random) -> Vec<u8> {
    let length = random.below(6);
    let name = element(0x1e, &[random.bytes(length)]);
    let name = sequence(&[numbered(PKCS9, 20), element(0x31, &[name])]);
    let id = octets(random.bytes(1));
    let id = sequence(&[numbered(PKCS9, 21), element(0x31, &[id])]);
    element(0x31, &[name, id])
}

fn bag(random: &mut Random) -> Vec<u8> {
    let kind = *random.pick(&[1, 1, 2, 2, 3, 3, 4, 5, 6]);
    let value = match kind {
        1 => private_key(random),
        2 => {
            let length = 8 * random.below(20);
            sequence(&[encryption(random), octets(random.bytes(length))])
        }
        3 => {
            let der = octets(certificate(random));
            sequence(&[oid([PKCS9, &[22, 1]].concat()), element(0xa0, &[der])])
        }
        _ => octets(b""),
    };
    sequence(&[numbered(BAGS, kind), element(0xa0, &[value]), attributes(random)])
}

fn safe(random: &mut Random) -> Vec<u8> {
    if random.one_in(8) {
        let encrypted = element(0x80, &[&random.bytes(64)]);
        let info = sequence(&[numbered(PKCS7, 1), encryption(random), encrypted]);
        let data = sequence(&[vec![2, 1, 0], info]);
        return sequence(&[numbered(PKCS7, 6), element(0xa0, &[data])]);
    }
    let count = random.below(4);
    let bags: Vec<_> = (0..count).map(|_| bag(random)).collect();
    sequence(&[numbered(PKCS7, 1), element(0xa0, &[octets(sequence(&bags))])])
}

fn generate(random: &mut Random) -> Vec<u8> {
    let count = random.below(3);
    let mut safes: Vec<_> = (0..count).map(|_| safe(random)).collect();
    if random.one_in(2) {
        for safe in &mut safes {
            random.mutate(safe);
        }
    }
    let content = element(0xa0, &[octets(sequence(&safes))]);
    let mut file = sequence(&[vec![2, 1, 3], sequence(&[numbered(PKCS7, 1), content])]);
    if random.one_in(2) {
        random.mutate(&mut file);
    }
    file
}

#[test]
fn no_pkcs12_panics() {
    let password = SecretString::from("password");
    fuzz("pkcs12", generate, |file| {
        exercise(file, Some(&password));
    });
}

#[test]
fn the_generator_produces_valid_keystores() {
    let files = (0..2000).map(|seed| generate(&mut Random::new(seed)));
    assert!(files.filter(|file| exercise(file, None) > 0).count() > 20);
}
