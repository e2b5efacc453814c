//! X.509 certificates, for JWT headers and status.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::keys::error::KeystoreError;
use crate::keys::pem;
use crate::keys::private_key::PrivateKey;

const CORRUPTED: KeystoreError = KeystoreError::corrupted("invalid certificate");

/// An X.509 certificate of any version. Signature and validity are not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Box<[u8]>,
    public_key: Box<[u8]>,
    subject: String,
    subject_der: Box<[u8]>,
    issuer_der: Box<[u8]>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Parses DER. Rejects trailing bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, KeystoreError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CORRUPTED)?;
        // A truncated or concatenated file would otherwise lose certificates silently.
        if !rest.is_empty() {
            return Err(CORRUPTED);
        }
        Ok(Self {
            der: der.into(),
            public_key: parsed.public_key().raw.into(),
            subject: parsed.subject().to_string(),
            subject_der: parsed.subject().as_raw().into(),
            issuer_der: parsed.issuer().as_raw().into(),
            not_before: timestamp(parsed.validity().not_before)?,
            not_after: timestamp(parsed.validity().not_after)?,
        })
    }

    /// Parses the first certificate of a PEM file.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::UnknownFormat`] if there is no certificate, [`KeystoreError::Corrupted`] if
    /// it is invalid.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeystoreError> {
        for block in pem::blocks(text) {
            let block = block?;
            if block.is_certificate() {
                return Self::from_der(&block.der()?);
            }
        }
        Err(KeystoreError::UnknownFormat { hint: "it contains no PEM certificate" })
    }

    /// Returns the certificate as DER.
    pub const fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the header parameter `x5t` (RFC 7515 section 4.1.7): SHA-1 as base64url.
    pub fn x5t(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der))
    }

    /// Returns the header parameter `x5t#S256` (RFC 7515 section 4.1.8): SHA-256 as base64url.
    pub fn x5t_s256(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &self.der))
    }

    /// Returns an entry of the header parameter `x5c` (RFC 7515 section 4.1.6): DER as base64 with
    /// padding.
    pub fn x5c(&self) -> String {
        STANDARD.encode(&self.der)
    }

    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Returns the subject as text: `CN=…, O=…`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns true if the certificate contains the public key of `key`.
    pub fn matches(&self, key: &PrivateKey) -> bool {
        let parse = |der| SubjectPublicKeyInfo::from_der(der).map(|(_, info)| info).ok();
        match (parse(&self.public_key), parse(key.public_key_der())) {
            // Parameters are not compared, because some tools omit the NULL of RSA.
            (Some(own), Some(other)) => {
                own.algorithm.algorithm == other.algorithm.algorithm
                    && own.subject_public_key == other.subject_public_key
            }
            _ => false,
        }
    }

    /// Compares the issuer name with the subject of `issuer`.
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer_der == issuer.subject_der
    }
}

fn timestamp(time: ASN1Time) -> Result<Timestamp, KeystoreError> {
    Timestamp::from_second(time.timestamp()).map_err(|_| CORRUPTED)
}
