//! The signed JWT of RFC 7523: made anew for every request.

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

/// What is told of a claim, characters.
const LONGEST_TOLD: usize = 256;

/// What every JWT of a connection has in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssertionTemplate {
    /// The claims that do not change, `iss`, `sub` and `aud` among them.
    pub claims: Map<String, Value>,
    /// Whether `iat` is made (RFC 7519 section 4.1.6).
    pub iat: bool,
    /// Whether `jti` is made (RFC 7519 section 4.1.7).
    pub jti: bool,
    /// Whether `nbf` is made (RFC 7519 section 4.1.5).
    pub nbf: bool,
    /// From the making to `exp`, seconds.
    pub lifetime_seconds: u32,
    /// Header parameters.
    pub header: HeaderTemplate,
}

/// Header parameters of a JWT (RFC 7515 section 4.1).
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct HeaderTemplate {
    /// Key identifier.
    pub kid: Option<String>,
    /// Type; `JWT` where there is none.
    pub typ: Option<String>,
    /// Whether the SHA-1 thumbprint of the certificate is sent.
    pub x5t: bool,
    /// Whether the SHA-256 thumbprint of the certificate is sent.
    pub x5t_s256: bool,
    /// Whether the certificate chain is sent.
    pub x5c: bool,
}

/// A JWT and what it says.
#[derive(Debug)]
pub struct Assertion {
    /// The JWT in its compact form.
    pub jwt: SecretString,
    /// What it says, for messages.
    pub sent: AssertionSummary,
}

/// What was sent, for the message of a refusal: nothing of it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssertionSummary {
    /// `iss`.
    pub iss: String,
    /// `sub`.
    pub sub: String,
    /// `aud`, several separated by commas.
    pub aud: String,
    /// Signature algorithm.
    pub algorithm: &'static str,
    /// The certificate's SHA-256 thumbprint; the public key's where there is no certificate.
    pub thumbprint: String,
}

/// Why no JWT could be made.
#[derive(Debug, Error)]
pub enum AssertionError {
    /// The header is to show a certificate, and there is none.
    #[error(
        "the JWT header requires a certificate (thumbprints or x5c), but the key has none: add the certificate to the keystore, or set header.certificateRef"
    )]
    CertificateMissing,
    /// The signing library refused the key.
    #[error(
        "the JWT could not be signed with {algorithm}: check the key, or choose another algorithm"
    )]
    Sign {
        /// The algorithm.
        algorithm: &'static str,
    },
}

/// Makes a JWT at `now`; `nonce` makes its `jti` unique.
///
/// # Errors
///
/// Returns an error when a certificate is missing or the key does not sign.
pub fn sign(
    template: &AssertionTemplate,
    signer: &Signer,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<Assertion, AssertionError> {
    let header = header(&template.header, signer)?;
    let claims = claims(template, now, nonce);
    let sent = sent(&claims, signer);
    let jwt = jsonwebtoken::encode(&header, &claims, signer.encoding_key())
        .map_err(|_| AssertionError::Sign { algorithm: signer.algorithm().as_str() })?;
    Ok(Assertion { jwt: jwt.into(), sent })
}

/// The claims of a JWT that is made at `now`.
#[must_use]
pub fn claims(template: &AssertionTemplate, now: Timestamp, nonce: [u8; 16]) -> Map<String, Value> {
    let seconds = now.as_second();
    let mut claims = template.claims.clone();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
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

/// The header of a JWT that `signer` signs.
///
/// # Errors
///
/// Returns an error when the template asks for a certificate and the signer has none.
pub fn header(template: &HeaderTemplate, signer: &Signer) -> Result<Header, AssertionError> {
    let mut header = Header::new(signer.algorithm().into());
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

fn sent(claims: &Map<String, Value>, signer: &Signer) -> AssertionSummary {
    let text = |name: &str| match claims.get(name) {
        Some(Value::String(text)) => text.chars().take(LONGEST_TOLD).collect(),
        Some(Value::Array(list)) => {
            let all = list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
            all.chars().take(LONGEST_TOLD).collect()
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
