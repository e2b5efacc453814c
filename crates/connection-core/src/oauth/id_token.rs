//! Who gave consent, as the ID token or the userinfo endpoint says (`OpenID` Connect Core 1.0).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use thiserror::Error;

/// The longest payload that is read, bytes.
const LONGEST_PAYLOAD: usize = 16 * 1024;

/// The longest name of an account that is shown, bytes.
const LONGEST_NAME: usize = 320;

/// How far the provider's clock may be off, seconds.
const LEEWAY: i64 = 300;

/// The account that gave consent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// Subject identifier, unique at the provider.
    pub sub: Option<String>,
    /// E-mail address, unless the provider says that it is not verified.
    pub email: Option<String>,
    /// A name for people: the e-mail address, else what the person logs in with.
    pub display: Option<String>,
}

/// Why an ID token does not count.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum IdTokenError {
    /// It is for another client.
    #[error("the ID token is for another client")]
    Audience,
    /// It has ended.
    #[error("the ID token has expired")]
    Expired,
    /// Another issuer made it.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// It is none.
    #[error("the ID token cannot be read")]
    Unreadable,
}

/// Reads an ID token that came straight from the token endpoint, over TLS: its signature need not be
/// checked (`OpenID` Connect Core 1.0 section 3.1.3.7, number 6), what it says must be.
///
/// # Errors
///
/// Returns why it does not count.
pub fn read(
    id_token: &SecretString,
    issuer: Option<&str>,
    client_id: &str,
    now: Timestamp,
) -> Result<Account, IdTokenError> {
    let claims = payload(id_token.expose_secret()).ok_or(IdTokenError::Unreadable)?;
    if issuer.is_some_and(|issuer| claims.get("iss").and_then(Value::as_str) != Some(issuer)) {
        return Err(IdTokenError::Issuer);
    }
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(client_id)),
        _ => false,
    };
    if !audience {
        return Err(IdTokenError::Audience);
    }
    let end = claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch fit into 52 bits")]
    if end + (LEEWAY as f64) < now.as_second() as f64 {
        return Err(IdTokenError::Expired);
    }
    Ok(account(&claims))
}

/// Reads the answer of a userinfo endpoint (`OpenID` Connect Core 1.0 section 5.3.2).
#[must_use]
pub fn read_userinfo(body: &[u8]) -> Option<Account> {
    serde_json::from_slice::<Map<String, Value>>(body).ok().map(|claims| account(&claims))
}

fn account(claims: &Map<String, Value>) -> Account {
    let text = |name: &str| {
        let value = claims.get(name)?.as_str()?;
        let fits = (1..=LONGEST_NAME).contains(&value.len());
        (fits && !value.chars().any(char::is_control)).then(|| value.to_owned())
    };
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
    if payload.len() > LONGEST_PAYLOAD {
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
    fn an_id_token_counts_for_its_client_and_of_its_issuer_while_it_lasts() {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        let end = now.as_second() + 60;
        let read = |claims: Value| read(&token(&claims), Some("https://i"), "mail", now);
        let good =
            json!({ "iss": "https://i", "aud": "mail", "exp": end, "sub": "u", "email": "a@b.c" });
        let account = read(good).unwrap();
        assert_eq!((account.sub.as_deref(), account.email.as_deref()), (Some("u"), Some("a@b.c")));
        for (claims, expected) in [
            (json!({ "iss": "https://x", "aud": "mail", "exp": end }), IdTokenError::Issuer),
            (json!({ "iss": "https://i", "aud": ["other"], "exp": end }), IdTokenError::Audience),
            (json!({ "iss": "https://i", "aud": "mail", "exp": end - 600 }), IdTokenError::Expired),
            (json!([]), IdTokenError::Unreadable),
        ] {
            assert_eq!(read(claims), Err(expected));
        }
    }

    #[test]
    fn an_unverified_address_is_nobodys() {
        for (verified, expected) in [
            (json!(true), Some("a@b.c")),
            (json!("true"), Some("a@b.c")),
            (json!(false), None),
            (json!("false"), None),
            (json!(1), None),
        ] {
            let body = json!({ "sub": "u", "email": "a@b.c", "email_verified": verified });
            let account = read_userinfo(body.to_string().as_bytes()).unwrap();
            assert_eq!(account.email.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_name_with_control_characters_is_not_shown() {
        let body = json!({ "sub": "u", "name": "a\nb" }).to_string();
        assert_eq!(read_userinfo(body.as_bytes()).unwrap().display.as_deref(), Some("u"));
    }
}
