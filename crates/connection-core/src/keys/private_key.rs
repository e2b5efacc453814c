//! Private keys, normalized to PKCS#8.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
use aws_lc_rs::signature::ECDSA_P521_SHA512_FIXED_SIGNING;
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::signature::RsaKeyPair;
use jsonwebtoken::EncodingKey;
use rustls_pki_types::PrivatePkcs8KeyDer;
use secrecy::ExposeSecret;
use secrecy::SecretSlice;

use crate::keys::der;
use crate::keys::der::AlgorithmIdentifier;
use crate::keys::der::DerReader;
use crate::keys::error::KeystoreError;

/// Minimum length of an RSA modulus, bits (RFC 7518 section 3.3).
pub const MIN_RSA_BITS: u32 = 2048;

/// Maximum length of an RSA modulus, bits: the limit of the crypto backend.
pub const MAX_RSA_BITS: u32 = 8192;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ED448: &[u8] = &[0x2b, 0x65, 0x71];

/// The type of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with the length of the modulus in bits.
    Rsa {
        bits: u32,
    },
    /// EC on NIST P-256.
    P256,
    /// EC on NIST P-384.
    P384,
    /// EC on NIST P-521: supported for TLS, not for JWTs.
    P521,
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::P256 => f.write_str("EC P-256"),
            Self::P384 => f.write_str("EC P-384"),
            Self::P521 => f.write_str("EC P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// A validated private key. Zeroized when dropped.
pub struct PrivateKey {
    kind: KeyKind,
    pkcs8: SecretSlice<u8>,
    public_key: PublicKeyX509Der<'static>,
}

impl PrivateKey {
    /// Parses an unencrypted `PrivateKeyInfo` (PKCS#8, RFC 5958).
    ///
    /// # Errors
    ///
    /// [`KeystoreError::Corrupted`], [`KeystoreError::KeyTooWeak`] or
    /// [`KeystoreError::UnsupportedKey`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeystoreError> {
        let mut info = DerReader::new(bytes).enter(der::SEQUENCE)?;
        info.unsigned()?;
        let algorithm = AlgorithmIdentifier::read(&mut info)?;
        let inside = info.content(der::OCTET_STRING)?;
        match algorithm.oid {
            // The structure inside, so that both formats have the same checks.
            RSA => Self::from_pkcs1(inside),
            EC => Self::from_ec(curve(algorithm)?, bytes),
            ED25519 => Self::from_ed25519(bytes),
            RSA_PSS => Err(KeystoreError::unsupported_key("RSA restricted to PSS")),
            DSA => Err(KeystoreError::unsupported_key("DSA")),
            ED448 => Err(KeystoreError::unsupported_key("Ed448")),
            other => Err(KeystoreError::unsupported_key(der::dotted(other))),
        }
    }

    /// Parses an `RSAPrivateKey` (PKCS#1, RFC 8017 appendix A.1.2).
    pub fn from_pkcs1(bytes: &[u8]) -> Result<Self, KeystoreError> {
        const CORRUPTED: KeystoreError = KeystoreError::corrupted("invalid RSA key");
        let bits = modulus_bits(bytes)?;
        if bits < MIN_RSA_BITS {
            return Err(KeystoreError::KeyTooWeak { bits });
        }
        if bits > MAX_RSA_BITS {
            return Err(KeystoreError::unsupported_key(format!("RSA of {bits} bits")));
        }
        let pair = RsaKeyPair::from_der(bytes).map_err(|_| CORRUPTED)?;
        Ok(Self {
            kind: KeyKind::Rsa { bits },
            pkcs8: AsDer::as_der(&pair).map_err(|_| CORRUPTED)?.as_ref().to_vec().into(),
            public_key: pair.public_key().as_der().map_err(|_| CORRUPTED)?,
        })
    }

    /// Parses an `ECPrivateKey` (SEC 1, RFC 5915).
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, KeystoreError> {
        let mut key = DerReader::new(bytes).enter(der::SEQUENCE)?;
        key.unsigned()?;
        let scalar = key.content(der::OCTET_STRING)?;
        let kind = match key.optional(der::CONTEXT_0)? {
            Some(parameters) => named_curve(DerReader::new(parameters).any()?)?,
            // The curve is optional (RFC 5915 section 3); the supported ones differ in length.
            None => match scalar.len() {
                32 => KeyKind::P256,
                48 => KeyKind::P384,
                66 => KeyKind::P521,
                _ => return Err(KeystoreError::unsupported_key("EC without a curve")),
            },
        };
        Self::from_ec(kind, bytes)
    }

    /// Parses an EC key in PKCS#8 or SEC 1.
    fn from_ec(kind: KeyKind, bytes: &[u8]) -> Result<Self, KeystoreError> {
        const CORRUPTED: KeystoreError = KeystoreError::corrupted("invalid EC key");
        let algorithm = match kind {
            KeyKind::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            KeyKind::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        };
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, bytes).map_err(|_| CORRUPTED)?;
        Ok(Self {
            kind,
            pkcs8: pair.to_pkcs8v1().map_err(|_| CORRUPTED)?.as_ref().to_vec().into(),
            public_key: pair.public_key().as_der().map_err(|_| CORRUPTED)?,
        })
    }

    fn from_ed25519(bytes: &[u8]) -> Result<Self, KeystoreError> {
        const CORRUPTED: KeystoreError = KeystoreError::corrupted("invalid Ed25519 key");
        let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| CORRUPTED)?;
        Ok(Self {
            kind: KeyKind::Ed25519,
            pkcs8: pair.to_pkcs8v1().map_err(|_| CORRUPTED)?.as_ref().to_vec().into(),
            public_key: pair.public_key().as_der().map_err(|_| CORRUPTED)?,
        })
    }

    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the key for the JWT library, which does not support P-521.
    pub fn encoding_key(&self) -> Result<EncodingKey, KeystoreError> {
        let pkcs8 = self.pkcs8.expose_secret();
        match self.kind {
            KeyKind::Rsa { .. } => {
                // The JWT library requires PKCS#1, which is the inside of PKCS#8.
                let mut info = DerReader::new(pkcs8).enter(der::SEQUENCE)?;
                info.unsigned()?;
                AlgorithmIdentifier::read(&mut info)?;
                Ok(EncodingKey::from_rsa_der(info.content(der::OCTET_STRING)?))
            }
            KeyKind::P256 | KeyKind::P384 => Ok(EncodingKey::from_ec_der(pkcs8)),
            KeyKind::Ed25519 => Ok(EncodingKey::from_ed_der(pkcs8)),
            KeyKind::P521 => Err(KeystoreError::unsupported_key("EC P-521")),
        }
    }

    /// Returns the key as unencrypted PKCS#8. Secret.
    pub fn pkcs8_der(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.pkcs8.expose_secret())
    }

    /// Returns the `SubjectPublicKeyInfo` of the public key as DER.
    pub fn public_key_der(&self) -> &[u8] {
        self.public_key.as_ref()
    }

    /// Returns the SHA-256 digest of the `SubjectPublicKeyInfo`, which identifies the key.
    pub fn public_key_thumbprint(&self) -> [u8; 32] {
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest::digest(&digest::SHA256, self.public_key_der()).as_ref());
        thumbprint
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn curve(algorithm: AlgorithmIdentifier<'_>) -> Result<KeyKind, KeystoreError> {
    let parameters = algorithm.parameters;
    named_curve(parameters.ok_or_else(|| KeystoreError::unsupported_key("EC without a curve"))?)
}

fn named_curve(parameters: der::Element<'_>) -> Result<KeyKind, KeystoreError> {
    match (parameters.tag, parameters.content) {
        (der::OID, P256) => Ok(KeyKind::P256),
        (der::OID, P384) => Ok(KeyKind::P384),
        (der::OID, P521) => Ok(KeyKind::P521),
        (der::OID, other) => Err(KeystoreError::unsupported_key(format!(
            "EC on a curve with {}",
            der::dotted(other)
        ))),
        _ => Err(KeystoreError::unsupported_key("EC with explicit parameters")),
    }
}

/// Returns the length of the modulus of an `RSAPrivateKey`, bits.
fn modulus_bits(bytes: &[u8]) -> Result<u32, KeystoreError> {
    let mut key = DerReader::new(bytes).enter(der::SEQUENCE)?;
    key.unsigned()?;
    let modulus = key.content(der::INTEGER)?;
    // DER prepends a zero to a positive number whose first bit is set.
    let leading = modulus.iter().take_while(|byte| **byte == 0).count();
    let significant = modulus.get(leading..).unwrap_or_default();
    let first = significant.first().map_or(0, |first| first.leading_zeros());
    let bits = significant.len().saturating_mul(8);
    Ok(u32::try_from(bits).unwrap_or(u32::MAX) - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 section 10.3.
    const ED25519_PKCS8: &[u8] = &[
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20, 0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69,
        0xf8, 0xad, 0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44,
        0x75, 0x58, 0x42,
    ];
    /// The public key from the same section.
    const ED25519_PUBLIC: &[u8] = &[
        0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b,
        0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31,
        0x66, 0xe1,
    ];

    #[test]
    fn the_public_key_of_the_example_of_rfc_8410_is_derived() {
        let key = PrivateKey::from_pkcs8(ED25519_PKCS8).unwrap();
        assert_eq!(key.kind(), KeyKind::Ed25519);
        assert!(key.public_key_der().ends_with(ED25519_PUBLIC));
        assert_eq!(format!("{key:?}"), "PrivateKey { kind: Ed25519, .. }");
        assert!(key.encoding_key().is_ok());
    }

    #[test]
    fn a_short_rsa_key_is_rejected_as_weak() {
        let key = |bits: usize| {
            let modulus = vec![0xff; bits / 8];
            let length = u8::try_from(modulus.len()).unwrap();
            let integers = [&[0x02, 0x01, 0x00, 0x02, 0x81, length][..], &modulus].concat();
            let length = u8::try_from(integers.len()).unwrap();
            [&[0x30, 0x81, length][..], &integers].concat()
        };
        let error = PrivateKey::from_pkcs1(&key(1024)).unwrap_err();
        assert_eq!(error, KeystoreError::KeyTooWeak { bits: 1024 });
        let error =
            PrivateKey::from_pkcs1(&[0x30, 0x05, 0x02, 0x01, 0x00, 0x02, 0x00]).unwrap_err();
        assert_eq!(error, KeystoreError::KeyTooWeak { bits: 0 });
    }

    #[test]
    fn the_error_for_an_unsupported_key_contains_its_type() {
        let with_oid = |algorithm: &[u8]| {
            let length = u8::try_from(algorithm.len()).unwrap();
            let info = [&[0x02, 0x01, 0x00, 0x30, length][..], algorithm, &[0x04, 0x00]].concat();
            [&[0x30, u8::try_from(info.len()).unwrap()][..], &info].concat()
        };
        for (algorithm, name) in [
            (&[0x06, 0x03, 0x2b, 0x65, 0x71][..], "Ed448"),
            (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "EC without a curve"),
            (&[0x06, 0x03, 0x2b, 0x65, 0x6e], "OID 1.3.101.110"),
        ] {
            let error = PrivateKey::from_pkcs8(&with_oid(algorithm)).unwrap_err();
            assert_eq!(error, KeystoreError::unsupported_key(name));
        }
    }
}
