//! The entries of a keystore, independent of its format.

use crate::keys::encrypted_key::EncryptedKey;

#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<KeyEntry>,
    pub(super) certificates: Vec<CertificateEntry>,
    /// The aliases of symmetric keys.
    pub(super) secrets: Vec<Option<String>>,
}

/// A private key and its relation to certificates.
pub(super) struct KeyEntry {
    pub(super) alias: Option<String>,
    pub(super) encrypted: EncryptedKey,
    pub(super) binding: CertificateBinding,
}

/// The relation of a key to its certificates.
pub(super) enum CertificateBinding {
    /// The entry contains the chain as DER, the certificate of the key first (JKS).
    Chain(Vec<Box<[u8]>>),
    /// The certificate with the same identifier, otherwise one that matches, if any (PKCS#12).
    LocalKeyId(Option<Box<[u8]>>),
    /// A certificate of the file must match, if the file contains certificates (PEM).
    SameFile,
}

/// A certificate that is not parsed yet.
pub(super) struct CertificateEntry {
    pub(super) alias: Option<String>,
    /// Identifies the key (PKCS#12).
    pub(super) local_key_id: Option<Box<[u8]>>,
    /// The file marks the certificate as trusted.
    pub(super) trusted: bool,
    pub(super) der: Box<[u8]>,
}
