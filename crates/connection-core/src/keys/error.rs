//! Keystore errors, one variant for each remedy.

/// A keystore or a key in it cannot be used.
///
/// Messages contain no secret, and no alias but the requested one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    #[error("the keystore is not in PEM, JKS or PKCS#12 format: {hint}")]
    UnknownFormat {
        /// The probable format, and how to convert it.
        hint: &'static str,
    },
    /// The file is larger than [`MAX_KEYSTORE_BYTES`](crate::keys::keystore::MAX_KEYSTORE_BYTES).
    #[error(
        "the keystore has {bytes} bytes, the limit is {limit}: remove entries that are not needed"
    )]
    TooLarge { bytes: usize, limit: usize },
    /// The file is truncated or malformed.
    #[error("the keystore is corrupted ({what}): export it again and compare its checksum")]
    Corrupted {
        /// The invalid part.
        what: &'static str,
    },
    #[error("the keystore requires a password: add it to the Secret")]
    StorePasswordMissing,
    /// The integrity check or the decryption failed.
    #[error("the store password is wrong: check it, including trailing whitespace")]
    WrongStorePassword,
    #[error("the private key is encrypted and requires a password: add it to the Secret")]
    KeyPasswordMissing,
    #[error(
        "the key password is wrong: check it, including trailing whitespace; without a key password, the store password is used"
    )]
    WrongKeyPassword,
    #[error("no private key has the alias {alias:?}: {remedy}")]
    AliasNotFound {
        alias: String,
        /// Depends on the format.
        remedy: &'static str,
    },
    #[error("{count} private keys match: set keyAlias to the exact alias of one of them")]
    AliasRequired { count: usize },
    #[error("the keystore contains no private key: add a key entry")]
    NoPrivateKey,
    #[error(
        "no certificate in the keystore matches the private key: export the key together with its certificate"
    )]
    CertificateMismatch,
    /// The RSA key is shorter than [`MIN_RSA_BITS`](crate::keys::private_key::MIN_RSA_BITS).
    #[error("the RSA key has {bits} bits: use a key of 2048 bits or more")]
    KeyTooWeak { bits: u32 },
    #[error("unsupported key type ({what}): use RSA, EC P-256, EC P-384 or Ed25519")]
    UnsupportedKey {
        /// The curve or the type, by its name or OID.
        what: String,
    },
    /// The encryption or encoding is not supported.
    #[error(
        "the keystore uses {what}, which is not supported: convert it with `keytool -importkeystore -deststoretype PKCS12`, or a PEM key with `openssl pkcs8 -topk8`"
    )]
    UnsupportedEncryption {
        /// The scheme, by its name or OID.
        what: String,
    },
    /// Decryption requires more than [`MAX_KDF_ROUNDS`](crate::keys::kdf_budget::MAX_KDF_ROUNDS).
    #[error(
        "the keystore requires {rounds} key derivation iterations, the limit is {limit}: export it again with fewer iterations"
    )]
    KdfLimitExceeded {
        /// The iterations that the file requires, as far as they were counted.
        rounds: u64,
        limit: u64,
    },
}

impl KeystoreError {
    pub(super) const fn corrupted(what: &'static str) -> Self {
        Self::Corrupted { what }
    }

    pub(super) fn unsupported_encryption(what: impl Into<String>) -> Self {
        Self::UnsupportedEncryption { what: what.into() }
    }

    pub(super) fn unsupported_key(what: impl Into<String>) -> Self {
        Self::UnsupportedKey { what: what.into() }
    }
}
