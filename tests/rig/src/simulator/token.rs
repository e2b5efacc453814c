//! The shape of a token answer: what providers differ in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::simulator::{clock, secret};

/// How a response states the token's expiry.
#[derive(Clone, Debug)]
pub enum Expiry {
    /// Not at all.
    Missing,
    /// `expires_in` in seconds, a number (RFC 6749 section 5.1); a float if the lifetime has a
    /// fraction.
    Seconds,
    /// `expires_in` in seconds, a string.
    Text,
    /// `expires_in` in milliseconds.
    Milliseconds,
    /// An absolute RFC 3339 date in this field.
    Date(&'static str),
    /// Seconds since 1970 in this field.
    Epoch(&'static str),
    /// A value as given, in `expires_in`.
    Value(Value),
}

/// A token answer.
#[derive(Clone, Debug)]
pub(super) struct TokenAnswer {
    pub(super) lifetime: f64,
    pub(super) expiry: Expiry,
    pub(super) token_type: Option<String>,
    pub(super) access_token: Option<String>,
    pub(super) jwt: bool,
    pub(super) extra: Map<String, Value>,
}

impl Default for TokenAnswer {
    fn default() -> Self {
        Self {
            lifetime: 3600.0,
            expiry: Expiry::Seconds,
            token_type: Some("Bearer".to_owned()),
            access_token: None,
            jwt: false,
            extra: Map::new(),
        }
    }
}

impl TokenAnswer {
    /// A fresh access token, by a clock that is `offset` seconds ahead.
    pub(super) fn issue(&self, offset: i64) -> String {
        if let Some(fixed) = &self.access_token {
            return fixed.clone();
        }
        if !self.jwt {
            return secret::token();
        }
        let issued = clock::later(offset).as_second();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&json!({"alg": "RS256", "typ": "at+jwt"}));
        let claims = part(&json!({"iat": issued, "exp": issued + whole(self.lifetime)}));
        // No client verifies this signature; the canary in its place lets a scan find the token.
        format!("{header}.{claims}.{}", secret::token())
    }

    /// The answer's JSON for an access token.
    pub(super) fn json(&self, access_token: &str, offset: i64) -> Value {
        let mut fields = Map::new();
        fields.insert("access_token".to_owned(), access_token.into());
        if let Some(token_type) = &self.token_type {
            fields.insert("token_type".to_owned(), token_type.as_str().into());
        }
        if let Some((name, value)) = self.expiry_field(offset) {
            fields.insert(name.to_owned(), value);
        }
        for (name, value) in &self.extra {
            fields.insert(name.clone(), value.clone());
        }
        Value::Object(fields)
    }

    fn expiry_field(&self, offset: i64) -> Option<(&'static str, Value)> {
        let at = || clock::later(offset + whole(self.lifetime));
        match &self.expiry {
            Expiry::Missing => None,
            Expiry::Seconds => Some(("expires_in", number(self.lifetime))),
            Expiry::Text => Some(("expires_in", number(self.lifetime).to_string().into())),
            Expiry::Milliseconds => Some(("expires_in", number(self.lifetime * 1000.0))),
            Expiry::Date(name) => Some((name, at().to_string().into())),
            Expiry::Epoch(name) => Some((name, at().as_second().into())),
            Expiry::Value(value) => Some(("expires_in", value.clone())),
        }
    }
}

/// A JSON number, an integer if it is whole.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { whole(value).into() } else { value.into() }
}

#[expect(clippy::cast_possible_truncation, reason = "a lifetime beyond 2^63 s saturates")]
fn whole(value: f64) -> i64 {
    value as i64
}
