//! The signed JWT of RFC 7523. Each request gets a new JWT.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Header;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::keys::certificate::Certificate;
use crate::oauth::signer::Signer;

/// Longest claim in a message, characters; a longer claim is truncated.
const MAX_SUMMARY_CHARS: usize = 256;

/// The parts of a JWT that are the same in every request of a Connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssertionTemplate {
    /// The fixed claims, including `iss`, `sub` and `aud`.
    pub claims: Map<String, Value>,
    /// Adds `iat` (RFC 7519 section 4.1.6).
    pub iat: bool,
    /// Adds `jti` (RFC 7519 section 4.1.7).
    pub jti: bool,
    /// Adds `nbf` (RFC 7519 section 4.1.5).
    pub nbf: bool,
    /// Seconds from signing to `exp`.
    pub lifetime_seconds: u32,
    pub header: HeaderTemplate,
}

/// Header parameters of a JWT (RFC 7515 section 4.1).
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct HeaderTemplate {
    pub kid: Option<String>,
    /// Default: `JWT`.
    pub typ: Option<String>,
    /// Sends the SHA-1 thumbprint of the certificate.
    pub x5t: bool,
    /// Sends the SHA-256 thumbprint of the certificate.
    pub x5t_s256: bool,
    /// Sends the certificate chain.
    pub x5c: bool,
}

/// A signed JWT and the summary of its claims.
#[derive(Debug)]
pub struct Assertion {
    /// The compact serialization (RFC 7515 section 3.1).
    pub jwt: SecretString,
    pub sent: AssertionSummary,
}

/// The claims and key of an assertion, for error messages. Contains nothing secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssertionSummary {
    pub iss: String,
    pub sub: String,
    /// Separated by commas if the claim is a list.
    pub aud: String,
    pub algorithm: &'static str,
    /// SHA-256 thumbprint of the certificate, or of the public key if the key has no certificate.
    pub thumbprint: String,
}

/// An assertion cannot be signed.
#[derive(Debug, Error)]
pub enum AssertionError {
    /// The header must contain a certificate, but the key has none.
    #[error(
        "the JWT header requires a certificate (thumbprints or x5c), but the key has none: add the certificate to the keystore, or set header.certificateRef"
    )]
    CertificateMissing,
    /// The signing library rejected the key.
    #[error("cannot sign the JWT with {algorithm}: check the key, or set another algorithm")]
    Sign { algorithm: &'static str },
}

/// Signs a JWT issued at `now`; `nonce` makes its `jti` unique.
pub fn sign(
    template: &AssertionTemplate,
    signer: &Signer,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<Assertion, AssertionError> {
    let header = header(&template.header, signer)?;
    let claims = claims(template, now, nonce);
    // Before signing, because the message needs what was sent, not what was received.
    let sent = summary(&claims, signer);
    let jwt = jsonwebtoken::encode(&header, &claims, signer.encoding_key())
        .map_err(|_| AssertionError::Sign { algorithm: signer.algorithm().as_str() })?;
    Ok(Assertion { jwt: jwt.into(), sent })
}

/// Returns the claims of a JWT issued at `now`.
pub fn claims(template: &AssertionTemplate, now: Timestamp, nonce: [u8; 16]) -> Map<String, Value> {
    let seconds = now.as_second();
    let mut claims = template.claims.clone();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    // Always: RFC 7523 section 3 requires it.
    put("exp", (seconds + i64::from(template.lifetime_seconds)).into());
    if template.iat {
        put("iat", seconds.into());
    }
    if template.nbf {
        put("nbf", seconds.into());
    }
    if template.jti {
        put("jti", URL_SAFE_NO_PAD.encode(nonce).into());
    }
    claims
}

/// Returns the header of a JWT that `signer` signs.
pub fn header(template: &HeaderTemplate, signer: &Signer) -> Result<Header, AssertionError> {
    let mut header = Header::new(signer.algorithm().into());
    // Some providers reject a JWT without `typ`, which RFC 7519 section 5.1 makes optional.
    header.typ = Some(template.typ.clone().unwrap_or_else(|| "JWT".to_owned()));
    header.kid.clone_from(&template.kid);
    if template.x5t || template.x5t_s256 || template.x5c {
        let certificate = signer.certificate().ok_or(AssertionError::CertificateMissing)?;
        header.x5t = template.x5t.then(|| certificate.x5t());
        header.x5t_s256 = template.x5t_s256.then(|| certificate.x5t_s256());
        header.x5c = template.x5c.then(|| signer.chain().iter().map(Certificate::x5c).collect());
    }
    Ok(header)
}

fn summary(claims: &Map<String, Value>, signer: &Signer) -> AssertionSummary {
    let text = |name: &str| match claims.get(name) {
        Some(Value::String(text)) => text.chars().take(MAX_SUMMARY_CHARS).collect(),
        Some(Value::Array(list)) => {
            let all = list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
            all.chars().take(MAX_SUMMARY_CHARS).collect()
        }
        _ => String::new(),
    };
    AssertionSummary {
        iss: text("iss"),
        sub: text("sub"),
        aud: text("aud"),
        algorithm: signer.algorithm().as_str(),
        thumbprint: signer
            .certificate()
            .map_or_else(|| URL_SAFE_NO_PAD.encode(signer.key_thumbprint()), Certificate::x5t_s256),
    }
}
