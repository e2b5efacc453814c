//! Parses the bags of PKCS#12 (RFC 7292 section 4.2): keys, certificates and secrets.

use crate::keys::contents::CertificateBinding;
use crate::keys::contents::CertificateEntry;
use crate::keys::contents::Contents;
use crate::keys::contents::KeyEntry;
use crate::keys::der;
use crate::keys::der::DerReader;
use crate::keys::encrypted_key::EncryptedKey;
use crate::keys::error::KeystoreError;
use zeroize::Zeroizing;

/// 1.2.840.113549.1.12.10.1, under which PKCS#12 numbers its bags.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
const KEY: u8 = 1;
const ENCRYPTED_KEY: u8 = 2;
const CERTIFICATE: u8 = 3;
const SECRET: u8 = 5;

/// 1.2.840.113549.1.9, under which PKCS#9 numbers its attributes.
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09];
const FRIENDLY_NAME: u8 = 20;
const LOCAL_KEY_ID: u8 = 21;
/// 2.16.840.1.113894.746875.1.1, with which Java marks trusted certificates.
const ORACLE_TRUST: &[u8] =
    &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 0x01, 0x01];
/// 1.2.840.113549.1.9.22.1
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];

/// Adds the entries of a `SafeContents`. Ignores other types of bags.
pub(super) fn parse(safe: &[u8], contents: &mut Contents) -> Result<(), KeystoreError> {
    let mut bags = DerReader::new(safe).enter(der::SEQUENCE)?;
    while !bags.is_empty() {
        let mut bag = bags.enter(der::SEQUENCE)?;
        let kind = bag.content(der::OID)?;
        let mut value = bag.enter(der::CONTEXT_0)?;
        let Attributes { alias, local_key_id, trusted } = match bag.optional(der::SET)? {
            Some(attributes) => Attributes::read(attributes)?,
            None => Attributes::default(),
        };
        match kind.strip_prefix(BAGS) {
            Some([kind @ (KEY | ENCRYPTED_KEY)]) => {
                let der = Zeroizing::new(value.element(der::SEQUENCE)?.whole.to_vec());
                let encrypted = if *kind == KEY {
                    EncryptedKey::Pkcs8(der)
                } else {
                    EncryptedKey::EncryptedPkcs8(der)
                };
                let binding = CertificateBinding::LocalKeyId(local_key_id);
                contents.keys.push(KeyEntry { alias, encrypted, binding });
            }
            Some([CERTIFICATE]) => {
                if let Some(der) = certificate(value)? {
                    let der = der.into();
                    let entry = CertificateEntry { alias, local_key_id, trusted, der };
                    contents.certificates.push(entry);
                }
            }
            // Kept by name, for a clear error if the spec names it as a signing key.
            Some([SECRET]) => contents.secrets.push(alias),
            // CRLs are not used, and nested safes are not supported.
            _ => {}
        }
    }
    Ok(())
}

/// Returns the DER of a `CertBag`, or `None` if its type is not X.509.
fn certificate(mut value: DerReader<'_>) -> Result<Option<&[u8]>, KeystoreError> {
    let mut bag = value.enter(der::SEQUENCE)?;
    // The other type, `sdsiCertificate`, holds no X.509 certificate.
    if bag.content(der::OID)? != X509 {
        return Ok(None);
    }
    bag.enter(der::CONTEXT_0)?.content(der::OCTET_STRING).map(Some)
}

#[derive(Default)]
struct Attributes {
    alias: Option<String>,
    local_key_id: Option<Box<[u8]>>,
    trusted: bool,
}

impl Attributes {
    fn read(set: &[u8]) -> Result<Self, KeystoreError> {
        let mut attributes = Self::default();
        let mut set = DerReader::new(set);
        while !set.is_empty() {
            let mut attribute = set.enter(der::SEQUENCE)?;
            let oid = attribute.content(der::OID)?;
            let mut values = attribute.enter(der::SET)?;
            match oid.strip_prefix(PKCS9) {
                Some([FRIENDLY_NAME]) => attributes.alias = Some(name(values)?),
                Some([LOCAL_KEY_ID]) => {
                    attributes.local_key_id = Some(values.content(der::OCTET_STRING)?.into());
                }
                _ => attributes.trusted |= oid == ORACLE_TRUST,
            }
        }
        Ok(attributes)
    }
}

/// Decodes a `BMPString`. Replaces invalid units.
fn name(mut values: DerReader<'_>) -> Result<String, KeystoreError> {
    let units = values.content(der::BMP_STRING)?;
    let units =
        units.chunks(2).map(|unit| unit.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)));
    Ok(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
