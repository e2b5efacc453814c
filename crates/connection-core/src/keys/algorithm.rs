//! Signature algorithms, and which of them a key can do.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::keys::private_key::KeyKind;
use crate::keys::private_key::PrivateKey;

/// A JWS signature algorithm, spelled as in the JOSE registry (RFC 7518 section 3.1, RFC 8037).
///
/// ES512 is not among them: the JWT library has no P-521.
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
    /// `EdDSA`; here always Ed25519.
    EdDSA,
}

impl Algorithm {
    /// All of them.
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

    /// Returns the algorithm to sign with: the one `asked` for, else the usual one for this kind of
    /// key (RS256 for RSA, ES256 or ES384 by the curve, `EdDSA`).
    ///
    /// # Errors
    ///
    /// [`AlgorithmMismatch`] when the key cannot do it.
    pub fn choose(key: &PrivateKey, asked: Option<Self>) -> Result<Self, AlgorithmMismatch> {
        let able = Self::of_kind(key.kind());
        let chosen = match asked {
            Some(asked) => able.iter().find(|able| **able == asked),
            None => able.first(),
        };
        chosen.copied().ok_or(AlgorithmMismatch { asked, kind: key.kind() })
    }

    /// The algorithms that a kind of key can do, the usual one first.
    const fn of_kind(kind: KeyKind) -> &'static [Self] {
        match kind {
            KeyKind::Rsa { .. } => {
                &[Self::RS256, Self::RS384, Self::RS512, Self::PS256, Self::PS384, Self::PS512]
            }
            KeyKind::P256 => &[Self::ES256],
            KeyKind::P384 => &[Self::ES384],
            KeyKind::P521 => &[],
            KeyKind::Ed25519 => &[Self::EdDSA],
        }
    }

    /// The name in the JOSE registry.
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

/// A name that is none of [`Algorithm::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown signature algorithm: use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA"
)]
pub struct UnknownAlgorithm;

/// The key cannot sign with the algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmMismatch {
    /// The algorithm that was asked for; none where the key can do no algorithm at all.
    pub asked: Option<Algorithm>,
    /// What the key is.
    pub kind: KeyKind,
}

impl std::error::Error for AlgorithmMismatch {}

impl fmt::Display for AlgorithmMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            Some(asked) => write!(f, "a key of kind {} cannot sign with {asked}: ", self.kind)?,
            None => write!(f, "a key of kind {} cannot sign JWTs here: ", self.kind)?,
        }
        let able = Algorithm::of_kind(self.kind);
        if able.is_empty() {
            return f.write_str("use an RSA, P-256, P-384 or Ed25519 key");
        }
        f.write_str("ask for ")?;
        for (position, algorithm) in able.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{algorithm}")?;
        }
        f.write_str(", or take another key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_reads_its_own_name_and_serde_spells_it_alike() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_string(&algorithm).unwrap(), format!("\"{algorithm}\""));
        }
        assert_eq!("rs256".parse::<Algorithm>(), Err(UnknownAlgorithm));
        assert_eq!("none".parse::<Algorithm>(), Err(UnknownAlgorithm));
        assert_eq!("HS256".parse::<Algorithm>(), Err(UnknownAlgorithm));
    }

    #[test]
    fn a_mismatch_says_what_the_key_can_do() {
        let mismatch =
            AlgorithmMismatch { asked: Some(Algorithm::RS256), kind: KeyKind::P256 }.to_string();
        assert_eq!(
            mismatch,
            "a key of kind EC P-256 cannot sign with RS256: ask for ES256, or take another key"
        );
        let none = AlgorithmMismatch { asked: None, kind: KeyKind::P521 }.to_string();
        assert!(none.ends_with("use an RSA, P-256, P-384 or Ed25519 key"), "{none}");
    }
}
