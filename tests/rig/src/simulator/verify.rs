//! Verification of assertions (RFC 7523 section 3), cheap and off unless an issuer is registered.
//! Proof comes from the independent servers; this lets faults and load have a checking provider.

use std::collections::{HashMap, HashSet};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use x509_parser::public_key::PublicKey;

/// Why a certificate cannot be registered.
#[derive(Debug, Clone, Copy, Eq, PartialEq)]
pub enum CertificateError {
    /// It is no PEM certificate.
    NotACertificate,
    /// Its key is neither RSA nor elliptic curve.
    UnknownKey,
}

impl std::fmt::Display for CertificateError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::NotACertificate => "not a PEM certificate: register the issuer's certificate",
            Self::UnknownKey => "the certificate's key is neither RSA nor EC: use one of these",
        })
    }
}

impl std::error::Error for CertificateError {}

/// The issuers that the simulator knows, and the assertions that they used.
#[derive(Default)]
pub(super) struct Verifier {
    issuers: HashMap<String, (DecodingKey, Vec<Algorithm>)>,
    pub(super) audiences: Vec<String>,
    used: HashSet<(String, String)>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    exp: f64,
    jti: Option<String>,
}

impl Verifier {
    pub(super) fn register(&mut self, issuer: &str, pem: &str) -> Result<(), CertificateError> {
        self.issuers.insert(issuer.to_owned(), key_of(pem)?);
        Ok(())
    }

    pub(super) fn is_off(&self) -> bool {
        self.issuers.is_empty()
    }

    /// Checks signature, `iss`, `aud`, `exp` (by `now`, in seconds since 1970) and the first use
    /// of `jti`; says what is wrong.
    pub(super) fn check(&mut self, assertion: &str, issuer: &str, now: i64) -> Result<(), String> {
        let (key, algorithms) = self.issuers.get(issuer).ok_or("unknown issuer")?;
        let mut validation = Validation::default();
        validation.algorithms.clone_from(algorithms);
        validation.set_audience(&self.audiences);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        // The library knows the machine's clock only.
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(assertion, key, &validation)
            .map_err(|error| error.to_string())?
            .claims;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit into 53 bits")]
        if claims.exp <= now as f64 {
            return Err("the assertion is expired".to_owned());
        }
        let fresh = claims.jti.is_none_or(|jti| self.used.insert((claims.iss, jti)));
        fresh.then_some(()).ok_or_else(|| "the assertion was used before".to_owned())
    }
}

fn key_of(pem: &str) -> Result<(DecodingKey, Vec<Algorithm>), CertificateError> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
        .map_err(|_| CertificateError::NotACertificate)?;
    let certificate = pem.parse_x509().map_err(|_| CertificateError::NotACertificate)?;
    let spki = certificate.public_key();
    match spki.parsed() {
        Ok(PublicKey::RSA(_)) => Ok((
            DecodingKey::from_rsa_der(&spki.subject_public_key.data),
            vec![
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
            ],
        )),
        Ok(PublicKey::EC(point)) => {
            let algorithm = match point.key_size() {
                256 => Algorithm::ES256,
                384 => Algorithm::ES384,
                _ => return Err(CertificateError::UnknownKey),
            };
            Ok((DecodingKey::from_ec_der(point.data()), vec![algorithm]))
        }
        _ => Err(CertificateError::UnknownKey),
    }
}
