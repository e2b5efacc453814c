//! A private key in its encoding in the file, which is decrypted on demand.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::keys::der::{self, AlgorithmIdentifier, DerReader};
use crate::keys::error::KeystoreError;
use crate::keys::jks_cipher;
use crate::keys::kdf_budget::KdfBudget;
use crate::keys::pbe;
use crate::keys::pem::Block;
use crate::keys::private_key::PrivateKey;

/// An encoded private key, encrypted or not.
pub(super) enum EncryptedKey {
    Pkcs1(Zeroizing<Vec<u8>>),
    Sec1(Zeroizing<Vec<u8>>),
    Pkcs8(Zeroizing<Vec<u8>>),
    /// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
    EncryptedPkcs8(Zeroizing<Vec<u8>>),
    /// `EncryptedPrivateKeyInfo` with the proprietary cipher of JKS.
    Jks(Box<[u8]>),
}

impl EncryptedKey {
    /// Decodes a PEM block that contains a private key.
    pub(super) fn from_pem(block: Block<'_>) -> Result<Self, KeystoreError> {
        // Derives its key with one round of MD5, which is fast to guess.
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
            _ => Err(KeystoreError::unsupported_key("unknown PEM label")),
        }
    }

    /// Decrypts the key if necessary, and parses it.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::KeyPasswordMissing`], [`KeystoreError::WrongKeyPassword`],
    /// [`KeystoreError::KdfLimitExceeded`], and the errors of [`PrivateKey`].
    pub(super) fn open(
        &self,
        password: Option<&SecretString>,
        budget: &mut KdfBudget,
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
                let mut info = DerReader::new(der).enter(der::SEQUENCE)?;
                let algorithm = AlgorithmIdentifier::read(&mut info)?;
                let encrypted = info.content(der::OCTET_STRING)?;
                // PKCS#8 has no MAC: only padding and structure show a wrong password.
                let plain = pbe::decrypt(algorithm, encrypted, password()?, budget)?;
                PrivateKey::from_pkcs8(&plain.ok_or(KeystoreError::WrongKeyPassword)?)
            }
        }
    }
}
