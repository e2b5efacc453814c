//! Generates DER, most of it valid.

use crate::random::Random;

/// The example key of RFC 8410 section 10.3, PKCS#8.
pub const ED25519: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20\
    \xd4\xee\x72\xdb\xf9\x13\x58\x4a\xd5\xb6\xd8\xf1\xf7\x69\xf8\xad\
    \x3a\xfe\x7c\x28\xcb\xf1\xd4\xfb\xe0\x97\xa8\x8f\x44\x75\x58\x42";

/// The public key of [`ED25519`].
const ED25519_PUBLIC: &[u8] = b"\x00\x19\xbf\x44\x09\x69\x84\xcd\xfe\x85\x41\xba\xc1\x67\xdc\x3b\
    \x96\xc8\x50\x86\xaa\x30\xb6\xb6\xcb\x0c\x5c\x38\xad\x70\x31\x66\xe1";

pub fn element(tag: u8, parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let content: Vec<u8> = parts.iter().flat_map(AsRef::as_ref).copied().collect();
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let digits = &length[significant..];
    let mut written = vec![tag];
    if content.len() >= 0x80 {
        written.push(0x80 | u8::try_from(digits.len()).unwrap());
    }
    written.extend_from_slice(digits);
    written.extend(content);
    written
}

pub fn sequence(parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    element(0x30, parts)
}

pub fn octets(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x04, &[bytes])
}

pub fn oid(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x06, &[bytes])
}

/// Generates an INTEGER, mostly small.
pub fn integer(random: &mut Random) -> Vec<u8> {
    let length = *random.pick(&[0, 1, 1, 1, 2, 3, 4, 5, 9]);
    let mut bytes = random.bytes(length);
    if let Some(first) = bytes.first_mut() {
        *first &= if random.one_in(4) { 0xff } else { 0x0f };
    }
    element(0x02, &[bytes])
}

/// Generates a private key in PKCS#8, valid or not.
pub fn private_key(random: &mut Random) -> Vec<u8> {
    if random.one_in(2) {
        return ED25519.to_vec();
    }
    let kinds: [&[u8]; 4] = [
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
        b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
        b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
        b"\x06\x03\x2b\x65\x70",
    ];
    let kind = sequence(&[random.pick(&kinds)]);
    let length = random.below(300);
    let number = element(0x02, &[random.bytes(length)]);
    let inside = octets(sequence(&[integer(random), number, integer(random)]));
    sequence(&[vec![2, 1, 0], kind, inside])
}

/// Generates a certificate of version 1 with the public key of [`ED25519`].
pub fn certificate(random: &mut Random) -> Vec<u8> {
    let algorithm = sequence(&[oid(b"\x2b\x65\x70")]);
    let length = random.below(20);
    let attribute = sequence(&[oid(b"\x55\x04\x03"), element(0x0c, &[random.bytes(length)])]);
    let name = sequence(&[element(0x31, &[attribute])]);
    let times: [(u8, &[u8]); 6] = [
        (0x17, b"250101000000Z"),
        (0x17, b"991231235959Z"),
        (0x18, b"20500101000000Z"),
        (0x18, b"99991231235959Z"),
        (0x18, b"00000101000000Z"),
        (0x17, b"999999999999Z"),
    ];
    let time = |random: &mut Random| {
        let (tag, digits) = *random.pick(&times);
        element(tag, &[digits])
    };
    let validity = sequence(&[time(random), time(random)]);
    let public = sequence(&[algorithm.clone(), element(0x03, &[ED25519_PUBLIC])]);
    let serial = integer(random);
    let body = sequence(&[serial, algorithm.clone(), name.clone(), validity, name, public]);
    let signature = element(0x03, &[vec![0], random.bytes(64)]);
    sequence(&[body, algorithm, signature])
}
