//! The account that gave consent, from the ID token or the userinfo endpoint (`OpenID` Connect
//! Core 1.0).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use thiserror::Error;

/// Longest payload that is parsed, bytes of its base64url form.
const MAX_PAYLOAD_BYTES: usize = 16 * 1024;

/// Longest claim that is kept, bytes: the longest e-mail address.
const MAX_CLAIM_BYTES: usize = 320;

/// Accepted difference between the clocks, seconds.
const LEEWAY: i64 = 300;

/// The account that gave consent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// Subject identifier, unique at the provider.
    pub sub: Option<String>,
    /// E-mail address, unless the provider states that it is not verified.
    pub email: Option<String>,
    /// The e-mail address, otherwise the user name, the name or `sub`.
    pub display: Option<String>,
}

/// An ID token failed validation.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum IdTokenError {
    #[error("the ID token is for a different client")]
    Audience,
    #[error("the ID token has expired")]
    Expired,
    #[error("the ID token is from a different issuer")]
    Issuer,
    #[error("the ID token cannot be parsed")]
    Unreadable,
}

/// Validates the claims of an ID token and returns its account.
///
/// Does not verify the signature, because the token comes from the token endpoint over TLS
/// (`OpenID` Connect Core 1.0 section 3.1.3.7, number 6).
pub fn validate(
    id_token: &SecretString,
    issuer: Option<&str>,
    client_id: &str,
    now: Timestamp,
) -> Result<Account, IdTokenError> {
    let claims = payload(id_token.expose_secret()).ok_or(IdTokenError::Unreadable)?;
    // Without metadata, the issuer is not known.
    if issuer.is_some_and(|issuer| claims.get("iss").and_then(Value::as_str) != Some(issuer)) {
        return Err(IdTokenError::Issuer);
    }
    let audience = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(list)) => list.iter().any(|audience| audience == client_id),
        _ => false,
    };
    if !audience {
        return Err(IdTokenError::Audience);
    }
    // Without `exp` the token counts as expired.
    let expires = claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch fit into 52 bits")]
    if expires + (LEEWAY as f64) < now.as_second() as f64 {
        return Err(IdTokenError::Expired);
    }
    Ok(account(&claims))
}

/// Parses the response of a userinfo endpoint (`OpenID` Connect Core 1.0 section 5.3.2).
pub fn parse_userinfo(body: &[u8]) -> Option<Account> {
    serde_json::from_slice::<Map<String, Value>>(body).ok().map(|claims| account(&claims))
}

fn account(claims: &Map<String, Value>) -> Account {
    let text = |name: &str| {
        let value = claims.get(name)?.as_str()?;
        let fits = (1..=MAX_CLAIM_BYTES).contains(&value.len());
        (fits && !value.chars().any(char::is_control)).then(|| value.to_owned())
    };
    // The claim is optional; some providers write it as a string.
    let verified = match claims.get("email_verified") {
        None => true,
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(verified)) => verified == "true",
        Some(_) => false,
    };
    let email = text("email").filter(|_| verified);
    let sub = text("sub");
    let display = email
        .clone()
        .or_else(|| text("preferred_username"))
        .or_else(|| text("name"))
        .or(sub.clone());
    Account { sub, email, display }
}

fn payload(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    if payload.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())).into()
    }

    #[test]
    fn issuer_audience_and_expiry_are_validated() {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        let end = now.as_second() + 60;
        let validate = |claims: Value| validate(&token(&claims), Some("https://i"), "mail", now);
        let good =
            json!({ "iss": "https://i", "aud": "mail", "exp": end, "sub": "u", "email": "a@b.c" });
        let account = validate(good).unwrap();
        assert_eq!((account.sub.as_deref(), account.email.as_deref()), (Some("u"), Some("a@b.c")));
        for (claims, expected) in [
            (json!({ "iss": "https://x", "aud": "mail", "exp": end }), IdTokenError::Issuer),
            (json!({ "iss": "https://i", "aud": ["other"], "exp": end }), IdTokenError::Audience),
            (json!({ "iss": "https://i", "aud": "mail", "exp": end - 600 }), IdTokenError::Expired),
            (json!([]), IdTokenError::Unreadable),
        ] {
            assert_eq!(validate(claims), Err(expected));
        }
    }

    #[test]
    fn an_unverified_address_is_ignored() {
        for (verified, expected) in [
            (json!(true), Some("a@b.c")),
            (json!("true"), Some("a@b.c")),
            (json!(false), None),
            (json!("false"), None),
            (json!(1), None),
        ] {
            let body = json!({ "sub": "u", "email": "a@b.c", "email_verified": verified });
            let account = parse_userinfo(body.to_string().as_bytes()).unwrap();
            assert_eq!(account.email.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_name_with_control_characters_is_not_shown() {
        let body = json!({ "sub": "u", "name": "a\nb" }).to_string();
        assert_eq!(parse_userinfo(body.as_bytes()).unwrap().display.as_deref(), Some("u"));
    }
}
