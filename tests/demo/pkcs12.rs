//! Writes a PKCS#12 store (RFC 7292) with one key and its certificate: PBES2 with AES-256, a MAC
//! with SHA-256. No program is needed for it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use connection_core::random;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2;

const ITERATIONS: u32 = 10_000;

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
const CERTIFICATE_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x03];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x14];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15];
const SHA256_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTETS: u8 = 0x04;
const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const BMP_STRING: u8 = 0x1e;
/// `[0] EXPLICIT`.
const INSIDE: u8 = 0xa0;

/// A store that holds a PKCS#8 key and its certificate, both in DER form, under an alias.
pub fn store(
    key: &[u8],
    certificate: &[u8],
    alias: &str,
    password: &str,
) -> Result<Vec<u8>, pkcs8::Error> {
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
        ITERATIONS,
        &random::bytes::<16>(),
        random::bytes(),
    )?;
    let shrouded = PrivateKeyInfoRef::try_from(key)?.encrypt_with_params(parameters, password)?;
    let certificate =
        [element(OBJECT, X509_CERTIFICATE), inside(&element(OCTETS, certificate))].concat();
    let bags = [
        bag(SHROUDED_KEY_BAG, shrouded.as_bytes(), alias),
        bag(CERTIFICATE_BAG, &element(SEQUENCE, &certificate), alias),
    ];
    let contents = element(SEQUENCE, &bags.concat());
    let safe = element(SEQUENCE, &data(&contents));
    let version = element(INTEGER, &[3]);
    Ok(element(SEQUENCE, &[version, data(&safe), mac(&safe, password)].concat()))
}

/// `SafeBag`: the attributes hold the alias, and which certificate belongs to the key.
fn bag(kind: &[u8], value: &[u8], alias: &str) -> Vec<u8> {
    let name = attribute(FRIENDLY_NAME, &element(BMP_STRING, &bmp(alias)));
    let id = attribute(LOCAL_KEY_ID, &element(OCTETS, &[1]));
    let attributes = element(SET, &[name, id].concat());
    element(SEQUENCE, &[element(OBJECT, kind), inside(value), attributes].concat())
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[element(OBJECT, kind), element(SET, value)].concat())
}

/// `ContentInfo` of plain data.
fn data(contents: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[element(OBJECT, DATA), inside(&element(OCTETS, contents))].concat())
}

/// `MacData`. The key is derived as appendix B.2 says; SHA-256 gives all of it in the first block.
fn mac(safe: &[u8], password: &str) -> Vec<u8> {
    let salt: [u8; 16] = random::bytes();
    let password = [bmp(password), vec![0, 0]].concat();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(64) * 64;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut key = [vec![3; 64], filled(&salt), filled(&password)].concat();
    for _ in 0..ITERATIONS {
        key = digest(&SHA256, &key).as_ref().to_vec();
    }
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), safe);
    let algorithm = element(SEQUENCE, &[element(OBJECT, SHA256_OID), vec![0x05, 0x00]].concat());
    let digest_info = [algorithm, element(OCTETS, tag.as_ref())].concat();
    let iterations = element(INTEGER, &ITERATIONS.to_be_bytes()[2..]);
    element(
        SEQUENCE,
        &[element(SEQUENCE, &digest_info), element(OCTETS, &salt), iterations].concat(),
    )
}

/// UTF-16 in network order, as PKCS#12 has its texts.
fn bmp(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn inside(contents: &[u8]) -> Vec<u8> {
    element(INSIDE, contents)
}

/// A DER element: tag, length, contents.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let zeros = length.iter().take_while(|&&byte| byte == 0).count();
    let mut element = vec![tag];
    match length[zeros..] {
        [] => element.push(0),
        [short] if short < 0x80 => element.push(short),
        ref long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(contents);
    element
}
