//! A key that is ready to sign assertions: with its algorithm and the certificate to show.

use jsonwebtoken::EncodingKey;
use thiserror::Error;

use crate::keys::algorithm::{Algorithm, AlgorithmMismatch};
use crate::keys::certificate::Certificate;
use crate::keys::error::KeystoreError;
use crate::keys::keystore::KeyPair;

/// A key that is ready to sign assertions.
pub struct Signer {
    algorithm: Algorithm,
    alias: Option<String>,
    chain: Vec<Certificate>,
    encoding_key: EncodingKey,
    key_thumbprint: [u8; 32],
}

/// Why a key cannot sign.
#[derive(Debug, Error)]
pub enum SignerError {
    /// The key cannot do the algorithm.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmMismatch),
    /// The certificate that the spec names belongs to another key.
    #[error(
        "the certificate of header.certificateRef does not match the signing key: reference the certificate that was issued for this key"
    )]
    CertificateMismatch,
    /// The key cannot be handed to the signing library.
    #[error(transparent)]
    Key(#[from] KeystoreError),
}

impl Signer {
    /// Makes a signer of a key pair, with the first of `algorithms` that the key can do, or the
    /// usual one for the key where none is named. `certificate`, where given, is shown in place of
    /// the keystore's chain.
    ///
    /// # Errors
    ///
    /// Returns an error when the key cannot do the algorithm or the certificate is not the key's.
    pub fn new(
        pair: KeyPair,
        algorithms: &[Algorithm],
        certificate: Option<Certificate>,
    ) -> Result<Self, SignerError> {
        let algorithm = algorithm(&pair, algorithms)?;
        let chain = match certificate {
            Some(other) if !other.matches(&pair.private_key) => {
                return Err(SignerError::CertificateMismatch);
            }
            Some(other) => vec![other],
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

    /// The algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's alias, where its keystore names one.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// The key's certificate, where there is one.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    /// The key's certificate, then those that vouch for it.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// SHA-256 of the public key, as SubjectPublicKeyInfo: says which key it is, and nothing more.
    #[must_use]
    pub fn key_thumbprint(&self) -> [u8; 32] {
        self.key_thumbprint
    }

    /// The key in the signing library's form.
    pub(super) fn encoding_key(&self) -> &EncodingKey {
        &self.encoding_key
    }
}

fn algorithm(pair: &KeyPair, algorithms: &[Algorithm]) -> Result<Algorithm, AlgorithmMismatch> {
    let choose = |asked| Algorithm::choose(&pair.private_key, asked);
    let fitting = algorithms.iter().find_map(|one| choose(Some(*one)).ok());
    fitting.map_or_else(|| choose(algorithms.first().copied()), Ok)
}
