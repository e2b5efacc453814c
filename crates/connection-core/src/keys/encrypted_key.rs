//! A private key as it lies in the file: encrypted, or at least not looked at yet.

use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::keys::der;
use crate::keys::der::AlgorithmIdentifier;
use crate::keys::der::Reader;
use crate::keys::error::KeystoreError;
use crate::keys::jks_cipher;
use crate::keys::kdf_budget::KdfBudget;
use crate::keys::pbe;
use crate::keys::pem::Block;
use crate::keys::private_key::PrivateKey;

/// A private key that nobody has asked for yet.
pub(super) enum EncryptedKey {
    Pkcs1(Zeroizing<Vec<u8>>),
    Sec1(Zeroizing<Vec<u8>>),
    Pkcs8(Zeroizing<Vec<u8>>),
    /// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
    EncryptedPkcs8(Zeroizing<Vec<u8>>),
    /// `EncryptedPrivateKeyInfo` with the cipher that only JKS has.
    Jks(Box<[u8]>),
}

impl EncryptedKey {
    /// Takes a PEM block with a private key.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::UnsupportedKey`] or [`KeystoreError::UnsupportedEncryption`] for the labels
    /// that are not read here.
    pub(super) fn from_pem(block: Block<'_>) -> Result<Self, KeystoreError> {
        if block.has_headers() {
            return Err(KeystoreError::unsupported_encryption("a PEM key with DEK-Info headers"));
        }
        match block.label {
            "PRIVATE KEY" => block.der().map(Self::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => block.der().map(Self::EncryptedPkcs8),
            "RSA PRIVATE KEY" => block.der().map(Self::Pkcs1),
            "EC PRIVATE KEY" => block.der().map(Self::Sec1),
            "DSA PRIVATE KEY" => Err(KeystoreError::unsupported_key("DSA")),
            "OPENSSH PRIVATE KEY" => {
                Err(KeystoreError::unsupported_encryption("the key format of OpenSSH"))
            }
            _ => Err(KeystoreError::unsupported_key("a PEM label of its own")),
        }
    }

    /// Decrypts where needed, and reads the key.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::KeyPasswordMissing`], [`KeystoreError::WrongKeyPassword`],
    /// [`KeystoreError::KdfLimitExceeded`], and what [`PrivateKey`] finds.
    pub(super) fn open(
        &self,
        password: Option<&SecretString>,
        rounds: &mut KdfBudget,
    ) -> Result<PrivateKey, KeystoreError> {
        let password = || {
            let password = password.ok_or(KeystoreError::KeyPasswordMissing)?;
            Ok(password.expose_secret())
        };
        match self {
            Self::Pkcs1(der) => PrivateKey::from_pkcs1(der),
            Self::Sec1(der) => PrivateKey::from_sec1(der),
            Self::Pkcs8(der) => PrivateKey::from_pkcs8(der),
            Self::Jks(der) => PrivateKey::from_pkcs8(&jks_cipher::recover(der, password()?)?),
            Self::EncryptedPkcs8(der) => {
                let mut info = Reader::new(der).enter(der::SEQUENCE)?;
                let algorithm = AlgorithmIdentifier::read(&mut info)?;
                let encrypted = info.content(der::OCTET_STRING)?;
                let plain = pbe::decrypt(algorithm, encrypted, password()?, rounds)?;
                PrivateKey::from_pkcs8(&plain.ok_or(KeystoreError::WrongKeyPassword)?)
            }
        }
    }
}
