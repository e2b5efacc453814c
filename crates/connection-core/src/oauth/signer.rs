//! A signing key with its algorithm and certificate chain.

use jsonwebtoken::EncodingKey;
use thiserror::Error;

use crate::keys::algorithm::{Algorithm, AlgorithmMismatch};
use crate::keys::certificate::Certificate;
use crate::keys::error::KeystoreError;
use crate::keys::keystore::KeyPair;

/// Signs assertions.
pub struct Signer {
    algorithm: Algorithm,
    alias: Option<String>,
    chain: Vec<Certificate>,
    encoding_key: EncodingKey,
    key_thumbprint: [u8; 32],
}

/// A key cannot be used for signing.
#[derive(Debug, Error)]
pub enum SignerError {
    #[error(transparent)]
    Algorithm(#[from] AlgorithmMismatch),
    #[error(
        "the certificate of header.certificateRef does not match the signing key: reference the certificate that was issued for this key"
    )]
    CertificateMismatch,
    #[error(transparent)]
    Key(#[from] KeystoreError),
}

impl Signer {
    /// Creates a signer with the first of `algorithms` that the key supports, or the default of the
    /// key if the list is empty. `certificate` replaces the chain of the keystore.
    pub fn new(
        pair: KeyPair,
        algorithms: &[Algorithm],
        certificate: Option<Certificate>,
    ) -> Result<Self, SignerError> {
        let algorithm = algorithm(&pair, algorithms)?;
        let chain = match certificate {
            Some(certificate) if !certificate.matches(&pair.private_key) => {
                return Err(SignerError::CertificateMismatch);
            }
            Some(certificate) => vec![certificate],
            None => pair.chain,
        };
        Ok(Self {
            algorithm,
            alias: pair.alias,
            chain,
            encoding_key: pair.private_key.encoding_key()?,
            key_thumbprint: pair.private_key.public_key_thumbprint(),
        })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the alias of the key in its keystore, if it has one.
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// Returns the certificate of the key, if it has one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    /// Returns the certificate of the key, followed by its issuers.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Returns the SHA-256 digest of the public key (SubjectPublicKeyInfo). Not secret.
    pub fn key_thumbprint(&self) -> [u8; 32] {
        self.key_thumbprint
    }

    pub(super) fn encoding_key(&self) -> &EncodingKey {
        &self.encoding_key
    }
}

fn algorithm(pair: &KeyPair, algorithms: &[Algorithm]) -> Result<Algorithm, AlgorithmMismatch> {
    let choose = |requested| Algorithm::choose(&pair.private_key, requested);
    let supported = algorithms.iter().find_map(|algorithm| choose(Some(*algorithm)).ok());
    // The error is about the algorithm that the spec prefers.
    supported.map_or_else(|| choose(algorithms.first().copied()), Ok)
}
