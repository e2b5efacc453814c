//! Parses JKS versions 1 and 2, the default keystore format of Java before version 9.
//!
//! A file consists of magic, version, entry count, entries, and a SHA-1 digest over the password, a
//! constant and the file. Integers are big-endian. The module `jks_cipher` decrypts private keys.

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::SHA1_OUTPUT_LEN;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use crate::keys::contents::CertificateBinding;
use crate::keys::contents::CertificateEntry;
use crate::keys::contents::Contents;
use crate::keys::contents::KeyEntry;
use crate::keys::encrypted_key::EncryptedKey;
use crate::keys::error::KeystoreError;
use crate::keys::jks_cipher::TRUNCATED;
use crate::keys::jks_cipher::sha1;
use crate::keys::jks_cipher::utf16;

/// The first bytes of a file.
pub(super) const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];

/// Constant of the format, part of the integrity digest.
const WHITENER: &[u8] = b"Mighty Aphrodite";

const PRIVATE_KEY_TAG: u32 = 1;
const CERTIFICATE_TAG: u32 = 2;

/// Parses a file and verifies its digest. Private keys stay encrypted.
///
/// # Errors
///
/// [`KeystoreError::StorePasswordMissing`], [`KeystoreError::Corrupted`], or
/// [`KeystoreError::WrongStorePassword`], which also results from flipped bits.
pub(super) fn parse(
    bytes: &[u8],
    password: Option<&SecretString>,
) -> Result<Contents, KeystoreError> {
    let length = bytes.len().checked_sub(SHA1_OUTPUT_LEN).ok_or(TRUNCATED)?;
    let (body, digest) = bytes.split_at_checked(length).ok_or(TRUNCATED)?;
    let password = password.ok_or(KeystoreError::StorePasswordMissing)?;
    // Parses entries first, so that a truncated file is reported as corrupted.
    let contents = entries(body)?;
    let expected = sha1(&[&utf16(password.expose_secret()), WHITENER, body]);
    constant_time::verify_slices_are_equal(expected.as_ref(), digest)
        .map_err(|_| KeystoreError::WrongStorePassword)?;
    Ok(contents)
}

/// Parses the part that the digest covers.
fn entries(body: &[u8]) -> Result<Contents, KeystoreError> {
    let mut reader = JksReader(body);
    reader.take(MAGIC.len())?;
    let version = reader.u32()?;
    if !(1..=2).contains(&version) {
        return Err(KeystoreError::corrupted("unknown JKS version"));
    }
    let mut contents = Contents::default();
    // The count is untrusted: memory is not reserved for it, and each entry consumes bytes.
    for _ in 0..reader.u32()? {
        let tag = reader.u32()?;
        let alias = Some(reader.text()?);
        // The date of creation.
        reader.take(size_of::<u64>())?;
        match tag {
            PRIVATE_KEY_TAG => {
                let encrypted = EncryptedKey::Jks(reader.blob()?.into());
                let mut chain = Vec::new();
                for _ in 0..reader.u32()? {
                    chain.push(reader.certificate(version)?);
                }
                contents.keys.push(KeyEntry {
                    alias,
                    encrypted,
                    binding: CertificateBinding::Chain(chain),
                });
            }
            CERTIFICATE_TAG => {
                let der = reader.certificate(version)?;
                let entry = CertificateEntry { alias, local_key_id: None, trusted: true, der };
                contents.certificates.push(entry);
            }
            _ => return Err(KeystoreError::corrupted("unknown type of JKS entry")),
        }
    }
    Ok(contents)
}

/// Reads the body; never past its end.
struct JksReader<'a>(&'a [u8]);

impl<'a> JksReader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], KeystoreError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(TRUNCATED)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], KeystoreError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(TRUNCATED)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, KeystoreError> {
        self.array().map(u32::from_be_bytes)
    }

    fn blob(&mut self) -> Result<&'a [u8], KeystoreError> {
        let length = usize::try_from(self.u32()?).map_err(|_| TRUNCATED)?;
        self.take(length)
    }

    /// Reads Java's modified UTF-8 (`DataOutput.writeUTF`): UTF-16 units of 1 to 3 bytes each.
    fn text(&mut self) -> Result<String, KeystoreError> {
        const BAD: KeystoreError = KeystoreError::corrupted("invalid name in JKS");
        let length = self.array().map(u16::from_be_bytes)?;
        let mut bytes = self.take(usize::from(length))?;
        let mut units = Vec::with_capacity(bytes.len());
        while let [first, rest @ ..] = bytes {
            let first = u16::from(*first);
            // A continuation byte. Overlong forms are valid here: Java writes NUL as two bytes.
            let low =
                |byte: &u8| (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f)).ok_or(BAD);
            let (unit, rest) = match (first, rest) {
                (0x00..=0x7f, rest) => (first, rest),
                (0xc0..=0xdf, [second, rest @ ..]) => ((first & 0x1f) << 6 | low(second)?, rest),
                (0xe0..=0xef, [second, third, rest @ ..]) => {
                    ((first & 0x0f) << 12 | low(second)? << 6 | low(third)?, rest)
                }
                _ => return Err(BAD),
            };
            units.push(unit);
            bytes = rest;
        }
        String::from_utf16(&units).map_err(|_| BAD)
    }

    fn certificate(&mut self, version: u32) -> Result<Box<[u8]>, KeystoreError> {
        // Version 2 has a certificate type, which is always X.509.
        if version == 2 {
            self.text()?;
        }
        self.blob().map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "pw";

    /// Appends the digest to a body.
    fn signed(body: &[u8]) -> Vec<u8> {
        let digest = sha1(&[&utf16(PASSWORD), WHITENER, body]);
        [body, digest.as_ref()].concat()
    }

    fn read_body(entries: &[u8]) -> Result<Contents, KeystoreError> {
        let body = [&MAGIC[..], &[0, 0, 0, 2], entries].concat();
        parse(&signed(&body), Some(&PASSWORD.into()))
    }

    #[test]
    fn a_count_beyond_the_end_of_the_file_is_corruption_and_reserves_no_memory() {
        const HEAD: &[u8] = &[0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0];
        const MANY: &[u8] = &[0xff, 0xff, 0xff, 0xff];
        let one = |tag: u8, rest: &[&[u8]]| {
            [&[0, 0, 0, 1, 0, 0, 0, tag][..], HEAD, &rest.concat()].concat()
        };
        for entries in [
            MANY.to_vec(),
            one(1, &[MANY]),
            one(1, &[&[0, 0, 0, 0], MANY]),
            one(2, &[&[0xff, 0xff]]),
            one(2, &[&[0, 0], MANY]),
            one(3, &[]),
            Vec::new(),
        ] {
            let result = read_body(&entries).map(|contents| contents.keys.len());
            assert!(matches!(result, Err(KeystoreError::Corrupted { .. })), "{entries:?}");
        }
        assert!(read_body(&one(2, &[&[0, 0], &[0, 0, 0, 0]])).is_ok());
    }

    #[test]
    fn files_shorter_than_their_digest_are_truncated() {
        for length in 0..24 {
            let result = parse(&[0xfe; 24][..length], Some(&PASSWORD.into()));
            assert!(result.is_err_and(|error| error == TRUNCATED || length >= SHA1_OUTPUT_LEN));
        }
    }

    #[test]
    fn names_are_in_modified_utf_8() {
        let text = |bytes: &[u8]| {
            let length = u8::try_from(bytes.len()).unwrap();
            JksReader(&[&[0, length], bytes].concat()).text()
        };
        assert_eq!(text(b"a\xc3\xa4\xe6\x97\xa5").as_deref(), Ok("aä日"));
        // Zero has 2 bytes; characters beyond 16 bits have twice 3 bytes.
        assert_eq!(text(b"\xc0\x80\xed\xa0\xbd\xed\xb8\x80").as_deref(), Ok("\0😀"));
        for bad in
            [&b"\x80"[..], b"\xc3", b"\xc3a", b"\xe6\x97", b"\xed\xa0\xbd", b"\xf0\x9f\x98\x80"]
        {
            assert!(text(bad).is_err(), "{bad:?}");
        }
    }
}
