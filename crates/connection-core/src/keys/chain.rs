//! Builds the certificate chain of a private key.

use crate::keys::certificate::Certificate;
use crate::keys::contents::CertificateBinding;
use crate::keys::contents::CertificateEntry;
use crate::keys::error::KeystoreError;
use crate::keys::private_key::PrivateKey;

/// Maximum number of certificates in a chain.
const MAX_CHAIN: usize = 16;

/// Returns the certificate of the key, followed by its issuers.
///
/// # Errors
///
/// [`KeystoreError::CertificateMismatch`] if the file assigns a certificate of another key;
/// [`KeystoreError::Corrupted`] if that certificate is invalid.
pub(super) fn certificate_chain(
    key: &PrivateKey,
    binding: &CertificateBinding,
    pool: &[CertificateEntry],
) -> Result<Vec<Certificate>, KeystoreError> {
    match binding {
        CertificateBinding::Chain(chain) => parse_chain(key, chain),
        CertificateBinding::LocalKeyId(id) => {
            let bound = |entry: &&CertificateEntry| {
                id.is_some() && entry.local_key_id.as_deref() == id.as_deref()
            };
            let parsed = parse(pool);
            match pool.iter().find(bound) {
                Some(entry) => {
                    // Not skipped if invalid: the file assigns exactly this certificate to the key.
                    let own = Certificate::from_der(&entry.der)?;
                    if own.matches(key) {
                        Ok(follow(own, &parsed))
                    } else {
                        Err(KeystoreError::CertificateMismatch)
                    }
                }
                // Some tools write no localKeyId, and a key may have no certificate at all.
                None => Ok(matching_chain(key, &parsed).unwrap_or_default()),
            }
        }
        CertificateBinding::SameFile if pool.is_empty() => Ok(Vec::new()),
        CertificateBinding::SameFile => {
            matching_chain(key, &parse(pool)).ok_or(KeystoreError::CertificateMismatch)
        }
    }
}

/// Parses the chain of a key entry. Verifies only that the first certificate matches the key.
fn parse_chain(key: &PrivateKey, chain: &[Box<[u8]>]) -> Result<Vec<Certificate>, KeystoreError> {
    let chain: Vec<_> =
        chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?;
    // A header with the certificate of another key would be rejected by the provider.
    if chain.first().is_some_and(|own| !own.matches(key)) {
        return Err(KeystoreError::CertificateMismatch);
    }
    Ok(chain)
}

/// Skips invalid certificates, so that they do not prevent the use of the others.
fn parse(pool: &[CertificateEntry]) -> Vec<Certificate> {
    pool.iter().filter_map(|entry| Certificate::from_der(&entry.der).ok()).collect()
}

fn matching_chain(key: &PrivateKey, pool: &[Certificate]) -> Option<Vec<Certificate>> {
    let own = pool.iter().find(|certificate| certificate.matches(key))?;
    Some(follow(own.clone(), pool))
}

fn follow(own: Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let mut chain = vec![own];
    while let Some(last) = chain.last().filter(|_| chain.len() < MAX_CHAIN) {
        // `contains` ends loops of certificates that issue each other.
        let next = pool.iter().find(|next| last.is_issued_by(next) && !chain.contains(next));
        match next {
            // A self-signed certificate is the root.
            Some(next) if !last.is_issued_by(last) => chain.push(next.clone()),
            _ => break,
        }
    }
    chain
}
