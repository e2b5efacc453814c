//! Keystores in PEM, JKS and PKCS#12 format.

use std::fmt;

use secrecy::SecretString;

use crate::keys::certificate::Certificate;
use crate::keys::chain;
use crate::keys::contents::CertificateBinding;
use crate::keys::contents::CertificateEntry;
use crate::keys::contents::Contents;
use crate::keys::contents::KeyEntry;
use crate::keys::encrypted_key::EncryptedKey;
use crate::keys::error::KeystoreError;
use crate::keys::jks;
use crate::keys::kdf_budget::KdfBudget;
use crate::keys::pem;
use crate::keys::pkcs12;
use crate::keys::private_key::PrivateKey;

/// Maximum size of a keystore, bytes: the limit of a Kubernetes Secret.
pub const MAX_KEYSTORE_BYTES: usize = 1024 * 1024;

/// An open keystore. Private keys stay encrypted until [`key_pair`](Self::key_pair) decrypts one.
pub struct Keystore {
    format: KeystoreFormat,
    contents: Contents,
    password: Option<SecretString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeystoreFormat {
    /// PEM blocks (RFC 7468).
    Pem,
    /// Java `KeyStore` of type JKS.
    Jks,
    /// PKCS#12 (RFC 7292).
    Pkcs12,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeystoreEntry {
    /// Never set in PEM; optional in PKCS#12.
    pub alias: Option<String>,
    pub kind: EntryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A private key, with or without certificates.
    PrivateKey,
    /// A certificate that belongs to no private key.
    TrustedCertificate,
    /// A symmetric key, which the operator does not use.
    SecretKey,
}

/// A private key with its certificates.
#[derive(Debug)]
pub struct KeyPair {
    pub alias: Option<String>,
    pub private_key: PrivateKey,
    /// The certificate of the key, followed by its issuers; empty if the keystore has none.
    pub chain: Vec<Certificate>,
}

impl Keystore {
    /// Opens a keystore and detects its format. CPU-bound: do not call on an async thread.
    ///
    /// The password is also the default of key passwords. PEM requires none, unless its keys are
    /// encrypted.
    pub fn open(bytes: &[u8], password: Option<&SecretString>) -> Result<Self, KeystoreError> {
        within_limit(bytes.len())?;
        let mut budget = KdfBudget::default();
        let (format, contents) = match KeystoreFormat::detect(bytes)? {
            KeystoreFormat::Pem => (KeystoreFormat::Pem, pem_contents(bytes, bytes)?),
            KeystoreFormat::Jks => (KeystoreFormat::Jks, jks::parse(bytes, password)?),
            KeystoreFormat::Pkcs12 => {
                (KeystoreFormat::Pkcs12, pkcs12::parse(bytes, password, &mut budget)?)
            }
        };
        Ok(Self { format, contents, password: password.cloned() })
    }

    /// Opens `tls.crt` and `tls.key` of a Secret of type `kubernetes.io/tls`.
    pub fn from_tls(certificates_pem: &[u8], key_pem: &[u8]) -> Result<Self, KeystoreError> {
        within_limit(certificates_pem.len().saturating_add(key_pem.len()))?;
        let contents = pem_contents(certificates_pem, key_pem)?;
        Ok(Self { format: KeystoreFormat::Pem, contents, password: None })
    }

    pub const fn format(&self) -> KeystoreFormat {
        self.format
    }

    /// Lists private keys, then certificates that belong to no key, then symmetric keys.
    pub fn entries(&self) -> Vec<KeystoreEntry> {
        let keys = self.contents.keys.iter().map(|key| (&key.alias, EntryKind::PrivateKey));
        let trusted = self.trusted().map(|entry| (&entry.alias, EntryKind::TrustedCertificate));
        let secrets = self.contents.secrets.iter().map(|alias| (alias, EntryKind::SecretKey));
        let all = keys.chain(trusted).chain(secrets);
        all.map(|(alias, kind)| KeystoreEntry { alias: alias.clone(), kind }).collect()
    }

    /// Returns the trusted certificates: those that the file marks as trusted, or all if it contains
    /// no private key.
    pub fn certificates(&self) -> Result<Vec<Certificate>, KeystoreError> {
        self.trusted().map(|entry| Certificate::from_der(&entry.der)).collect()
    }

    /// Decrypts a private key. CPU-bound: do not call on an async thread.
    ///
    /// Prefers an exact match of the alias to a case-insensitive one. The alias is optional if there
    /// is only one key. The default of the key password is the store password.
    pub fn key_pair(
        &self,
        alias: Option<&str>,
        key_password: Option<&SecretString>,
    ) -> Result<KeyPair, KeystoreError> {
        let entry = self.find(alias)?;
        let password = key_password.or(self.password.as_ref());
        let private_key = entry.encrypted.open(password, &mut KdfBudget::default())?;
        let chain =
            chain::certificate_chain(&private_key, &entry.binding, &self.contents.certificates)?;
        Ok(KeyPair { alias: entry.alias.clone(), private_key, chain })
    }

    fn find(&self, alias: Option<&str>) -> Result<&KeyEntry, KeystoreError> {
        let keys = &self.contents.keys;
        if keys.is_empty() {
            return Err(KeystoreError::NoPrivateKey);
        }
        let Some(alias) = alias else {
            return only(keys.iter())?.ok_or(KeystoreError::NoPrivateKey);
        };
        let matching = |matches: &dyn Fn(&str) -> bool| {
            only(keys.iter().filter(|key| key.alias.as_deref().is_some_and(matches)))
        };
        if let Some(exact) = matching(&|name| name == alias)? {
            return Ok(exact);
        }
        // keytool stores aliases in lower case and ignores case when it compares them.
        let lower = alias.to_lowercase();
        let key = matching(&|name| name.to_lowercase() == lower)?;
        key.ok_or_else(|| KeystoreError::AliasNotFound {
            alias: alias.to_owned(),
            remedy: match self.format {
                KeystoreFormat::Pem => "remove keyAlias, because PEM has no aliases",
                KeystoreFormat::Jks | KeystoreFormat::Pkcs12 => {
                    "compare it with the output of `keytool -list`"
                }
            },
        })
    }

    fn trusted(&self) -> impl Iterator<Item = &CertificateEntry> {
        let all = self.contents.keys.is_empty();
        self.contents.certificates.iter().filter(move |entry| all || entry.trusted)
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore").field("format", &self.format).finish_non_exhaustive()
    }
}

impl KeystoreFormat {
    /// Detects the format from the content.
    pub fn detect(bytes: &[u8]) -> Result<Self, KeystoreError> {
        if bytes.starts_with(&jks::MAGIC) {
            return Ok(Self::Jks);
        }
        if pkcs12::is_pkcs12(bytes) {
            return Ok(Self::Pkcs12);
        }
        if pem::is_pem(bytes) {
            return Ok(Self::Pem);
        }
        Err(KeystoreError::UnknownFormat { hint: hint(bytes) })
    }
}

impl fmt::Display for KeystoreFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS#12",
        })
    }
}

/// Guesses the format of an unsupported file.
fn hint(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "it is empty",
        [0xce, 0xce, 0xce, 0xce, ..] => {
            "it is JCEKS, convert it with `keytool -importkeystore -deststoretype PKCS12`"
        }
        [0x30, ..] => "it is another DER file, convert it to PEM with `openssl`",
        [b'/', b'u', b'3', b'+', ..] | [b'M', b'I', b'I', ..] | [b'L', b'S', b'0', b't', ..] => {
            "it is base64 text, in the `data` of a Secret encode it only once"
        }
        _ => "check that the Secret contains the whole file",
    }
}

const fn within_limit(bytes: usize) -> Result<(), KeystoreError> {
    if bytes > MAX_KEYSTORE_BYTES {
        return Err(KeystoreError::TooLarge { bytes, limit: MAX_KEYSTORE_BYTES });
    }
    Ok(())
}

/// Returns the only entry, or `None`. Fails if there are several.
fn only<'a>(
    mut keys: impl Iterator<Item = &'a KeyEntry>,
) -> Result<Option<&'a KeyEntry>, KeystoreError> {
    let first = keys.next();
    match keys.count() {
        0 => Ok(first),
        more => Err(KeystoreError::AliasRequired { count: more + 1 }),
    }
}

/// Parses certificates from a PEM file and keys from another, which may be the same.
fn pem_contents(certificates: &[u8], keys: &[u8]) -> Result<Contents, KeystoreError> {
    let mut contents = Contents::default();
    for block in pem::blocks(keys) {
        let block = block?;
        if block.is_private_key() {
            let encrypted = EncryptedKey::from_pem(block)?;
            contents.keys.push(KeyEntry {
                alias: None,
                encrypted,
                binding: CertificateBinding::SameFile,
            });
        }
    }
    for block in pem::blocks(certificates) {
        let block = block?;
        if block.is_certificate() {
            let der = block.der()?.as_slice().into();
            let entry = CertificateEntry { alias: None, local_key_id: None, trusted: false, der };
            contents.certificates.push(entry);
        }
    }
    Ok(contents)
}
