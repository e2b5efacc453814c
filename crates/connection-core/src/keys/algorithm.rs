//! Signature algorithms, and the algorithms that a key supports.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::keys::private_key::{KeyKind, PrivateKey};

/// A JWS signature algorithm (RFC 7518 section 3.1, RFC 8037).
///
/// Lacks ES512, because the JWT library does not support P-521.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// `EdDSA` with Ed25519.
    EdDSA,
}

impl Algorithm {
    pub const ALL: [Self; 9] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
    ];

    /// Returns the requested algorithm if the key supports it. The default is RS256 for RSA, ES256
    /// or ES384 by the curve, or `EdDSA`.
    pub fn choose(key: &PrivateKey, requested: Option<Self>) -> Result<Self, AlgorithmMismatch> {
        let supported = Self::supported_by(key.kind());
        let chosen = match requested {
            Some(requested) => supported.iter().find(|algorithm| **algorithm == requested),
            // The first is the one that providers accept most widely.
            None => supported.first(),
        };
        chosen.copied().ok_or(AlgorithmMismatch { requested, kind: key.kind() })
    }

    /// Returns the supported algorithms, the default first.
    const fn supported_by(kind: KeyKind) -> &'static [Self] {
        match kind {
            KeyKind::Rsa { .. } => {
                &[Self::RS256, Self::RS384, Self::RS512, Self::PS256, Self::PS384, Self::PS512]
            }
            KeyKind::P256 => &[Self::ES256],
            KeyKind::P384 => &[Self::ES384],
            // ES512: the JWT library does not support this curve.
            KeyKind::P521 => &[],
            KeyKind::Ed25519 => &[Self::EdDSA],
        }
    }

    /// Returns the name in the JOSE registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(UnknownAlgorithm)
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::RS256 => Self::RS256,
            Algorithm::RS384 => Self::RS384,
            Algorithm::RS512 => Self::RS512,
            Algorithm::PS256 => Self::PS256,
            Algorithm::PS384 => Self::PS384,
            Algorithm::PS512 => Self::PS512,
            Algorithm::ES256 => Self::ES256,
            Algorithm::ES384 => Self::ES384,
            Algorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// The name is not in [`Algorithm::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown signature algorithm: use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA"
)]
pub struct UnknownAlgorithm;

/// The key does not support the algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmMismatch {
    /// `None` if the key supports no algorithm.
    pub requested: Option<Algorithm>,
    pub kind: KeyKind,
}

impl std::error::Error for AlgorithmMismatch {}

impl fmt::Display for AlgorithmMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.requested {
            Some(algorithm) => {
                write!(f, "a key of type {} cannot sign with {algorithm}: ", self.kind)?;
            }
            None => write!(f, "a key of type {} cannot sign JWTs: ", self.kind)?,
        }
        let supported = Algorithm::supported_by(self.kind);
        if supported.is_empty() {
            return f.write_str("use an RSA, P-256, P-384 or Ed25519 key");
        }
        f.write_str("set algorithm to ")?;
        for (position, algorithm) in supported.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{algorithm}")?;
        }
        f.write_str(", or use another key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_parsed_and_serialized_as_its_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_string(&algorithm).unwrap(), format!("\"{algorithm}\""));
        }
        assert_eq!("rs256".parse::<Algorithm>(), Err(UnknownAlgorithm));
        assert_eq!("none".parse::<Algorithm>(), Err(UnknownAlgorithm));
        assert_eq!("HS256".parse::<Algorithm>(), Err(UnknownAlgorithm));
    }

    #[test]
    fn a_mismatch_lists_the_supported_algorithms() {
        let mismatch = AlgorithmMismatch { requested: Some(Algorithm::RS256), kind: KeyKind::P256 }
            .to_string();
        assert_eq!(
            mismatch,
            "a key of type EC P-256 cannot sign with RS256: set algorithm to ES256, or use another key"
        );
        let none = AlgorithmMismatch { requested: None, kind: KeyKind::P521 }.to_string();
        assert!(none.ends_with("use an RSA, P-256, P-384 or Ed25519 key"), "{none}");
    }
}
