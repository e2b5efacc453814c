//! Which certificates go with a private key, and in which order.

use crate::keys::certificate::Certificate;
use crate::keys::contents::Binding;
use crate::keys::contents::CertificateEntry;
use crate::keys::error::KeystoreError;
use crate::keys::private_key::PrivateKey;

/// Longest chain that is followed.
const MAX_CHAIN: usize = 16;

/// Returns the key's own certificate and, by the names in them, its issuers.
///
/// # Errors
///
/// [`KeystoreError::CertificateMismatch`] when the file ties a certificate to the key and it is
/// another key's; [`KeystoreError::Corrupted`] when that certificate does not parse.
pub(super) fn of_key(
    key: &PrivateKey,
    binding: &Binding,
    pool: &[CertificateEntry],
) -> Result<Vec<Certificate>, KeystoreError> {
    match binding {
        Binding::Chain(chain) => given(key, chain),
        Binding::LocalKeyId(id) => {
            let bound = |entry: &&CertificateEntry| {
                id.is_some() && entry.local_key_id.as_deref() == id.as_deref()
            };
            let parsed = parse(pool);
            match pool.iter().find(bound) {
                Some(entry) => {
                    let own = Certificate::from_der(&entry.der)?;
                    if own.matches(key) {
                        Ok(follow(own, &parsed))
                    } else {
                        Err(KeystoreError::CertificateMismatch)
                    }
                }
                None => Ok(fitting(key, &parsed).unwrap_or_default()),
            }
        }
        Binding::SameFile if pool.is_empty() => Ok(Vec::new()),
        Binding::SameFile => fitting(key, &parse(pool)).ok_or(KeystoreError::CertificateMismatch),
    }
}

/// The chain that the file gives, checked only where it matters: at the key.
fn given(key: &PrivateKey, chain: &[Box<[u8]>]) -> Result<Vec<Certificate>, KeystoreError> {
    let chain: Vec<_> =
        chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?;
    if chain.first().is_some_and(|own| !own.matches(key)) {
        return Err(KeystoreError::CertificateMismatch);
    }
    Ok(chain)
}

/// The certificates that parse: one that does not must not keep the others from being used.
fn parse(pool: &[CertificateEntry]) -> Vec<Certificate> {
    pool.iter().filter_map(|entry| Certificate::from_der(&entry.der).ok()).collect()
}

fn fitting(key: &PrivateKey, pool: &[Certificate]) -> Option<Vec<Certificate>> {
    let own = pool.iter().find(|certificate| certificate.matches(key))?;
    Some(follow(own.clone(), pool))
}

fn follow(own: Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let mut chain = vec![own];
    while let Some(last) = chain.last().filter(|_| chain.len() < MAX_CHAIN) {
        let next = pool.iter().find(|next| last.is_issued_by(next) && !chain.contains(next));
        match next {
            Some(next) if !last.is_issued_by(last) => chain.push(next.clone()),
            _ => break,
        }
    }
    chain
}
