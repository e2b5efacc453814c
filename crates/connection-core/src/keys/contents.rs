//! What a reader finds in a file, whatever the format.

use crate::keys::encrypted_key::EncryptedKey;

/// What a reader finds in a file.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<KeyEntry>,
    pub(super) certificates: Vec<CertificateEntry>,
    /// The aliases of symmetric keys.
    pub(super) secrets: Vec<Option<String>>,
}

/// A private key and how to find its certificates.
pub(super) struct KeyEntry {
    pub(super) alias: Option<String>,
    pub(super) sealed: EncryptedKey,
    pub(super) binding: Binding,
}

/// Which certificates belong to a key.
pub(super) enum Binding {
    /// These, DER, the key's own first (JKS).
    Chain(Vec<Box<[u8]>>),
    /// The one with this identifier, else the one that fits, if any (PKCS#12).
    LocalKeyId(Option<Box<[u8]>>),
    /// The one in the same file that fits; where there are any, one must (PEM).
    SameFile,
}

/// A certificate, not parsed yet.
pub(super) struct CertificateEntry {
    pub(super) alias: Option<String>,
    /// Ties it to a key (PKCS#12).
    pub(super) local_key_id: Option<Box<[u8]>>,
    /// Whether the file itself says that it is to be trusted.
    pub(super) trusted: bool,
    pub(super) der: Box<[u8]>,
}
