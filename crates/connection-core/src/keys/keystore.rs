//! A keystore of any format: what is in it, and the one key that was asked for.

use std::fmt;

use secrecy::SecretString;

use crate::keys::certificate::Certificate;
use crate::keys::chain;
use crate::keys::contents::Binding;
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

/// Largest keystore that is read, bytes: the limit of a Kubernetes Secret.
pub const MAX_KEYSTORE_BYTES: usize = 1024 * 1024;

/// An open keystore. Private keys stay encrypted until [`key_pair`](Self::key_pair) asks for one.
pub struct Keystore {
    format: Format,
    contents: Contents,
    password: Option<SecretString>,
}

/// How a keystore is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PEM blocks (RFC 7468).
    Pem,
    /// Java `KeyStore` of type JKS.
    Jks,
    /// PKCS#12 (RFC 7292).
    Pkcs12,
}

/// One entry, for a list of what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The entry's name; PEM has none, PKCS#12 may have none.
    pub alias: Option<String>,
    /// What the entry is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A private key, with or without certificates.
    PrivateKey,
    /// A certificate that belongs to no private key.
    TrustedCertificate,
    /// A symmetric key: of no use here.
    SecretKey,
}

/// A private key with its certificates.
#[derive(Debug)]
pub struct KeyPair {
    /// The name that the keystore gives it.
    pub alias: Option<String>,
    /// The key.
    pub private_key: PrivateKey,
    /// The key's own certificate first, then its issuers; empty where the keystore has none.
    pub chain: Vec<Certificate>,
}

impl Keystore {
    /// Opens a keystore; the format is found from the bytes. Costs CPU: keep it off async threads.
    ///
    /// The password also serves for the keys that have none of their own. PEM needs none as long as
    /// its keys are not encrypted.
    ///
    /// # Errors
    ///
    /// Every [`KeystoreError`] that is about the file and not about one key.
    pub fn open(bytes: &[u8], password: Option<&SecretString>) -> Result<Self, KeystoreError> {
        within_limit(bytes.len())?;
        let mut rounds = KdfBudget::default();
        let (format, contents) = match Format::of(bytes)? {
            Format::Pem => (Format::Pem, pem_contents(bytes, bytes)?),
            Format::Jks => (Format::Jks, jks::read(bytes, password)?),
            Format::Pkcs12 => (Format::Pkcs12, pkcs12::read(bytes, password, &mut rounds)?),
        };
        Ok(Self { format, contents, password: password.cloned() })
    }

    /// Opens the pair of a Secret of type `kubernetes.io/tls`: `tls.crt` and `tls.key`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_tls(certificates_pem: &[u8], key_pem: &[u8]) -> Result<Self, KeystoreError> {
        within_limit(certificates_pem.len().saturating_add(key_pem.len()))?;
        let contents = pem_contents(certificates_pem, key_pem)?;
        Ok(Self { format: Format::Pem, contents, password: None })
    }

    /// How the keystore is written.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Lists what is in it: keys first, then certificates that belong to no key, then symmetric keys.
    pub fn entries(&self) -> Vec<Entry> {
        let keys = self.contents.keys.iter().map(|key| (&key.alias, EntryKind::PrivateKey));
        let trusted = self.trusted().map(|entry| (&entry.alias, EntryKind::TrustedCertificate));
        let secrets = self.contents.secrets.iter().map(|alias| (alias, EntryKind::SecretKey));
        let all = keys.chain(trusted).chain(secrets);
        all.map(|(alias, kind)| Entry { alias: alias.clone(), kind }).collect()
    }

    /// Returns the certificates to trust: those that the file marks so, and all of them where it
    /// has no private key.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::Corrupted`] when one of them does not parse.
    pub fn certificates(&self) -> Result<Vec<Certificate>, KeystoreError> {
        self.trusted().map(|entry| Certificate::from_der(&entry.der)).collect()
    }

    /// Decrypts one private key. Costs CPU: keep it off async threads.
    ///
    /// Aliases are compared without regard to case, an exact match wins; the alias may be left out
    /// where there is exactly one key. The key password defaults to the store's.
    ///
    /// # Errors
    ///
    /// Every [`KeystoreError`] that is about one key.
    pub fn key_pair(
        &self,
        alias: Option<&str>,
        key_password: Option<&SecretString>,
    ) -> Result<KeyPair, KeystoreError> {
        let entry = self.find(alias)?;
        let password = key_password.or(self.password.as_ref());
        let private_key = entry.sealed.open(password, &mut KdfBudget::default())?;
        let chain = chain::of_key(&private_key, &entry.binding, &self.contents.certificates)?;
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
        let of =
            |key: &&KeyEntry, fits: &dyn Fn(&str) -> bool| key.alias.as_deref().is_some_and(fits);
        if let Some(exact) = only(keys.iter().filter(|key| of(key, &|own| own == alias)))? {
            return Ok(exact);
        }
        let lower = alias.to_lowercase();
        let found = only(keys.iter().filter(|key| of(key, &|own| own.to_lowercase() == lower)))?;
        found.ok_or_else(|| KeystoreError::AliasNotFound {
            alias: alias.to_owned(),
            remedy: match self.format {
                Format::Pem => "PEM has no aliases, leave it out",
                Format::Jks | Format::Pkcs12 => "compare it with the list of `keytool -list`",
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

impl Format {
    /// Finds the format from the first bytes.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::UnknownFormat`].
    pub fn of(bytes: &[u8]) -> Result<Self, KeystoreError> {
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

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS#12",
        })
    }
}

/// What a file of an unknown format looks like.
fn hint(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "it is empty",
        [0xce, 0xce, 0xce, 0xce, ..] => {
            "it is JCEKS, convert it with `keytool -importkeystore -deststoretype PKCS12`"
        }
        [0x30, ..] => "it is some other DER file, convert it to PEM with `openssl`",
        [b'/', b'u', b'3', b'+', ..] | [b'M', b'I', b'I', ..] | [b'L', b'S', b'0', b't', ..] => {
            "it is base64 text, in the `data` of a Secret encode it only once"
        }
        _ => "check that the whole file went into the Secret",
    }
}

const fn within_limit(bytes: usize) -> Result<(), KeystoreError> {
    if bytes > MAX_KEYSTORE_BYTES {
        return Err(KeystoreError::TooLarge { bytes, limit: MAX_KEYSTORE_BYTES });
    }
    Ok(())
}

/// Returns the only entry, or none where there is none.
fn only<'a>(
    mut keys: impl Iterator<Item = &'a KeyEntry>,
) -> Result<Option<&'a KeyEntry>, KeystoreError> {
    let first = keys.next();
    match keys.count() {
        0 => Ok(first),
        more => Err(KeystoreError::AliasRequired { count: more + 1 }),
    }
}

/// Reads certificates from one PEM file and keys from another, which may be the same.
fn pem_contents(certificates: &[u8], keys: &[u8]) -> Result<Contents, KeystoreError> {
    let mut contents = Contents::default();
    for block in pem::blocks(keys) {
        let block = block?;
        if block.is_private_key() {
            let sealed = EncryptedKey::from_pem(block)?;
            contents.keys.push(KeyEntry { alias: None, sealed, binding: Binding::SameFile });
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
