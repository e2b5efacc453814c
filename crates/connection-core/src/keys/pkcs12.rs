//! Parses PKCS#12 (RFC 7292) in DER with password protection.
//!
//! The store password verifies the MAC and decrypts the safes. Private keys stay encrypted, because
//! each may have its own password.

use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::keys::contents::Contents;
use crate::keys::der;
use crate::keys::der::AlgorithmIdentifier;
use crate::keys::der::DerReader;
use crate::keys::error::KeystoreError;
use crate::keys::kdf_budget::KdfBudget;
use crate::keys::pbe;
use crate::keys::pkcs12_bags;
use crate::keys::pkcs12_kdf;
use crate::keys::pkcs12_kdf::KdfPurpose;

/// 1.2.840.113549.1.7, under which PKCS#7 numbers its content types.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
const DATA: u8 = 1;
const ENCRYPTED_DATA: u8 = 6;

/// Returns true if the file starts with a SEQUENCE that begins with the INTEGER 3.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    const VERSION_3: &[u8] = &[0x02, 0x01, 0x03];
    let header = match bytes {
        [0x30, 0x81..=0x84, ..] => 2 + usize::from(bytes[1] & 0x7f),
        [0x30, _, ..] => 2,
        _ => return false,
    };
    bytes.get(header..).is_some_and(|rest| rest.starts_with(VERSION_3))
}

/// Parses a file. Private keys stay encrypted.
pub(super) fn parse(
    bytes: &[u8],
    password: Option<&SecretString>,
    budget: &mut KdfBudget,
) -> Result<Contents, KeystoreError> {
    let password = || {
        let password = password.ok_or(KeystoreError::StorePasswordMissing)?;
        Ok(password.expose_secret())
    };
    let mut pfx = DerReader::new(bytes).enter(der::SEQUENCE)?;
    pfx.unsigned()?;
    let (content_type, mut content) = content_info(&mut pfx)?;
    if content_type != DATA {
        return Err(KeystoreError::unsupported_encryption("protection by public keys"));
    }
    let authenticated = content.content(der::OCTET_STRING)?;
    // The MAC is optional (section 4): OpenSSL omits it with `-nomac`.
    if !pfx.is_empty() {
        verify_mac(pfx.enter(der::SEQUENCE)?, authenticated, password()?, budget)?;
    }
    let mut contents = Contents::default();
    let mut safes = DerReader::new(authenticated).enter(der::SEQUENCE)?;
    while !safes.is_empty() {
        let (content_type, mut content) = content_info(&mut safes)?;
        match content_type {
            // An unencrypted safe: usually that of the keys, which are encrypted one by one.
            DATA => pkcs12_bags::parse(content.content(der::OCTET_STRING)?, &mut contents)?,
            ENCRYPTED_DATA => {
                let plain = decrypt_safe(&mut content, password()?, budget)?;
                pkcs12_bags::parse(&plain, &mut contents)?;
            }
            _ => return Err(KeystoreError::unsupported_encryption("protection by public keys")),
        }
    }
    Ok(contents)
}

/// Reads a `ContentInfo`: the number of its type under PKCS#7, and its content.
fn content_info<'a>(reader: &mut DerReader<'a>) -> Result<(u8, DerReader<'a>), KeystoreError> {
    let mut info = reader.enter(der::SEQUENCE)?;
    match info.content(der::OID)?.strip_prefix(PKCS7) {
        Some([number]) => Ok((*number, info.enter(der::CONTEXT_0)?)),
        _ => Err(KeystoreError::corrupted("unknown content type in PKCS#12")),
    }
}

/// Decrypts an `EncryptedData` (RFC 5652 section 8).
fn decrypt_safe(
    content: &mut DerReader<'_>,
    password: &str,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let mut data = content.enter(der::SEQUENCE)?;
    data.unsigned()?;
    let mut info = data.enter(der::SEQUENCE)?;
    info.content(der::OID)?;
    let algorithm = AlgorithmIdentifier::read(&mut info)?;
    let encrypted = info.content(der::CONTEXT_0_PRIMITIVE)?;
    let plain = pbe::decrypt(algorithm, encrypted, password, budget)?;
    plain.ok_or(KeystoreError::WrongStorePassword)
}

/// Verifies the `MacData` of the content.
fn verify_mac(
    mut mac: DerReader<'_>,
    content: &[u8],
    password: &str,
    budget: &mut KdfBudget,
) -> Result<(), KeystoreError> {
    let mut digest_info = mac.enter(der::SEQUENCE)?;
    let algorithm = AlgorithmIdentifier::read(&mut digest_info)?;
    let expected = digest_info.content(der::OCTET_STRING)?;
    let (hash, hmac) = mac_algorithm(algorithm.oid)?;
    let salt = mac.content(der::OCTET_STRING)?;
    // The default of RFC 7292 section 4.
    let iterations = if mac.is_empty() { 1 } else { mac.unsigned()? };
    let password = pkcs12_kdf::password(password);
    let length = hash.output_len();
    let key =
        pkcs12_kdf::derive(hash, &password, salt, KdfPurpose::Mac, iterations, length, budget)?;
    hmac::verify(&hmac::Key::new(hmac, &key), content, expected)
        .map_err(|_| KeystoreError::WrongStorePassword)
}

fn mac_algorithm(
    oid: &[u8],
) -> Result<(&'static digest::Algorithm, hmac::Algorithm), KeystoreError> {
    const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
    /// 2.16.840.1.101.3.4.2, under which NIST numbers the SHA-2 family.
    const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    /// 1.2.840.113549.1.5.14 (RFC 9579)
    const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];
    match (oid, oid.strip_prefix(SHA2)) {
        (SHA1, _) => Ok((&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY)),
        (_, Some([1])) => Ok((&digest::SHA256, hmac::HMAC_SHA256)),
        (_, Some([2])) => Ok((&digest::SHA384, hmac::HMAC_SHA384)),
        (_, Some([3])) => Ok((&digest::SHA512, hmac::HMAC_SHA512)),
        (_, Some([4])) => Ok((&digest::SHA224, hmac::HMAC_SHA224)),
        (PBMAC1, _) => Err(KeystoreError::unsupported_encryption("a MAC of type PBMAC1")),
        _ => Err(KeystoreError::unsupported_encryption(der::dotted(oid))),
    }
}
