//! The proprietary cipher of JKS: XOR with a key stream of chained SHA-1 digests.

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::Context;
use aws_lc_rs::digest::Digest;
use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY as SHA1;
use aws_lc_rs::digest::SHA1_OUTPUT_LEN;
use zeroize::Zeroizing;

use crate::keys::der;
use crate::keys::der::AlgorithmIdentifier;
use crate::keys::error::KeystoreError;

/// 1.3.6.1.4.1.42.2.17.1.1, Sun's key protector.
const KEY_PROTECTOR: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];

pub(super) const TRUNCATED: KeystoreError = KeystoreError::corrupted("JKS is truncated");

/// Decrypts a key entry to PKCS#8: `salt | key XOR stream | SHA-1(password, key)`.
///
/// # Errors
///
/// [`KeystoreError::WrongKeyPassword`], [`KeystoreError::Corrupted`], or
/// [`KeystoreError::UnsupportedEncryption`] for another cipher.
pub(super) fn recover(
    protected: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let mut info = der::DerReader::new(protected).enter(der::SEQUENCE)?;
    let algorithm = AlgorithmIdentifier::read(&mut info)?;
    if algorithm.oid != KEY_PROTECTOR {
        return Err(KeystoreError::unsupported_encryption(der::dotted(algorithm.oid)));
    }
    let data = info.content(der::OCTET_STRING)?;
    let (salt, rest) = data.split_at_checked(SHA1_OUTPUT_LEN).ok_or(TRUNCATED)?;
    let length = rest.len().checked_sub(SHA1_OUTPUT_LEN).ok_or(TRUNCATED)?;
    let (encrypted, check) = rest.split_at_checked(length).ok_or(TRUNCATED)?;

    let password = utf16(password);
    let mut plain = Zeroizing::new(Vec::with_capacity(encrypted.len()));
    let mut block = sha1(&[&password, salt]);
    for chunk in encrypted.chunks(SHA1_OUTPUT_LEN) {
        plain.extend(chunk.iter().zip(block.as_ref()).map(|(byte, key)| byte ^ key));
        block = sha1(&[&password, block.as_ref()]);
    }
    // The only integrity check of the cipher, so before the key is parsed.
    constant_time::verify_slices_are_equal(sha1(&[&password, &plain]).as_ref(), check)
        .map_err(|_| KeystoreError::WrongKeyPassword)?;
    Ok(plain)
}

/// Returns the digest of the concatenated parts.
pub(super) fn sha1(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA1);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

/// Encodes a password for hashing in Java: UTF-16, big-endian.
pub(super) fn utf16(password: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len() * 2));
    bytes.extend(password.encode_utf16().flat_map(u16::to_be_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "pw";

    #[test]
    fn a_truncated_key_or_one_with_another_cipher_is_rejected() {
        let other = [0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2b, 0x06];
        let error = recover(&other, PASSWORD).unwrap_err();
        assert_eq!(error, KeystoreError::unsupported_encryption("OID 1.3.6"));
        let short = [&[0x30, 0x10, 0x30, 0x0c, 0x06, 0x0a][..], KEY_PROTECTOR, &[4, 0]].concat();
        assert_eq!(recover(&short, PASSWORD).unwrap_err(), TRUNCATED);
    }
}
