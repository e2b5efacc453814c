//! What can be wrong with a keystore: one variant per remedy.

/// Why a keystore or a key in it cannot be used.
///
/// The texts name the failure and the remedy. They hold no secret, and of aliases only the one that
/// was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    /// The bytes are neither PEM, nor JKS, nor PKCS#12.
    #[error("the keystore is not in PEM, JKS or PKCS#12 format: {hint}")]
    UnknownFormat {
        /// What it looks like, and how to convert it.
        hint: &'static str,
    },
    /// The file is larger than [`MAX_KEYSTORE_BYTES`](crate::keys::keystore::MAX_KEYSTORE_BYTES).
    #[error(
        "the keystore has {bytes} bytes, the limit is {limit}: remove entries that are not needed"
    )]
    TooLarge {
        /// Size of the file, bytes.
        bytes: usize,
        /// The limit, bytes.
        limit: usize,
    },
    /// The file is truncated or breaks its own format.
    #[error("the keystore is corrupted ({what}): export it again and compare its checksum")]
    Corrupted {
        /// The part that does not parse.
        what: &'static str,
    },
    /// The store is protected and no password was given.
    #[error("the keystore has a password and none was given: name the store password")]
    StorePasswordMissing,
    /// The store's integrity check or its decryption failed.
    #[error("the store password is wrong: check it, including trailing whitespace")]
    WrongStorePassword,
    /// The key is encrypted and no password was given.
    #[error("the private key is encrypted and no password was given: name its password")]
    KeyPasswordMissing,
    /// The key does not decrypt.
    #[error(
        "the key password is wrong: check it, including trailing whitespace; without a key password, the store password is used"
    )]
    WrongKeyPassword,
    /// No private key has the alias.
    #[error("no private key has the alias {alias:?}: {remedy}")]
    AliasNotFound {
        /// The alias that was asked for.
        alias: String,
        /// What to do, depending on the format.
        remedy: &'static str,
    },
    /// Several keys fit what was asked for.
    #[error("{count} private keys match: set keyAlias to the exact alias of one")]
    AliasRequired {
        /// How many private keys fit.
        count: usize,
    },
    /// There are certificates at most.
    #[error("the keystore contains no private key: add a key entry")]
    NoPrivateKey,
    /// The certificate and the private key are not a pair.
    #[error(
        "no certificate in the keystore matches the private key: export the key together with its certificate"
    )]
    CertificateMismatch,
    /// The RSA key is shorter than [`MIN_RSA_BITS`](crate::keys::private_key::MIN_RSA_BITS).
    #[error("the RSA key has {bits} bits: use a key of 2048 bits or more")]
    KeyTooWeak {
        /// Length of the modulus, bits.
        bits: u32,
    },
    /// A kind of key that cannot be used here.
    #[error("unsupported key type ({what}): use RSA, EC P-256, EC P-384 or Ed25519")]
    UnsupportedKey {
        /// The curve or the type, an object identifier where it has no name here.
        what: String,
    },
    /// Encrypted or encoded in a way that is not read here.
    #[error(
        "the keystore uses {what}, which is not supported: convert it with `keytool -importkeystore -deststoretype PKCS12`, or a PEM key with `openssl pkcs8 -topk8`"
    )]
    UnsupportedEncryption {
        /// The scheme, an object identifier where it has no name here.
        what: String,
    },
    /// Opening it would take more work than [`MAX_KDF_ROUNDS`](crate::keys::kdf_budget::MAX_KDF_ROUNDS).
    #[error(
        "the keystore requires {rounds} key derivation iterations, the limit is {limit}: export it again with fewer iterations"
    )]
    KdfLimitExceeded {
        /// The rounds that the file asks for, as far as they were counted.
        rounds: u64,
        /// The limit.
        limit: u64,
    },
}

impl KeystoreError {
    /// The file, or the named part of it, does not parse.
    pub(super) const fn damaged(what: &'static str) -> Self {
        Self::Corrupted { what }
    }

    /// Encrypted or encoded in a way that is not read here.
    pub(super) fn unsupported_encryption(what: impl Into<String>) -> Self {
        Self::UnsupportedEncryption { what: what.into() }
    }

    /// A kind of key that is not used here.
    pub(super) fn unsupported_key(what: impl Into<String>) -> Self {
        Self::UnsupportedKey { what: what.into() }
    }
}
