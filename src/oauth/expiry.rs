//! When an access token expires, and how that is known.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The lifetime that is assumed where nothing tells one.
pub const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

/// The longest lifetime that is believed: ten years. What claims more says nothing.
pub const MAX_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// A JWT payload that is longer, in bytes of its base64url form, is not looked into.
const MAX_PAYLOAD_BYTES: usize = 64 * 1024;

/// What an answer says about the token's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// This long after the answer (`expires_in`, RFC 6749 section 5.1).
    In(Duration),
    /// At this instant, on the provider's clock.
    At(Timestamp),
}

/// Who told when the token expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExpirySource {
    /// The answer of the token endpoint.
    Response,
    /// The `exp` claim of the token itself (RFC 9068 section 2.2), which is a JWT.
    Token,
    /// `spec.refresh.everySeconds`.
    RefreshEverySeconds,
    /// The provider preset.
    Preset,
    /// Nobody: [`DEFAULT_LIFETIME`].
    Default,
}

/// When a token expires, and who told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedExpiry {
    /// The instant; always after the `now` that it was resolved at.
    pub expires_at: Timestamp,
    /// Who told so.
    pub source: ExpirySource,
}

/// Resolves when `token`, received at `now`, expires.
///
/// The first of these that says something believable: the answer, the token's own `exp`,
/// `spec.refresh.everySeconds`, the preset's lifetime, [`DEFAULT_LIFETIME`].
///
/// A provider has no reason to issue a token that is expired already, so an end that is not after
/// `now` tells of two clocks that differ, not of the token: it is passed over. Only where a JWT
/// tells its beginning too (`iat`), its lifetime is right on any clock and counts from `now`. An end
/// more than [`MAX_LIFETIME`] away is passed over as well.
#[must_use]
pub fn resolve(
    answered: Option<Expiry>,
    token: &SecretString,
    every: Option<Duration>,
    preset: Option<Duration>,
    now: Timestamp,
) -> ResolvedExpiry {
    let told = |expires_at: Option<Timestamp>, source| {
        expires_at.map(|expires_at| ResolvedExpiry { expires_at, source })
    };
    told(answered.and_then(|expiry| of_answer(expiry, now)), ExpirySource::Response)
        .or_else(|| told(of_token(token, now), ExpirySource::Token))
        .or_else(|| told(after(every, now), ExpirySource::RefreshEverySeconds))
        .or_else(|| told(after(preset, now), ExpirySource::Preset))
        .unwrap_or_else(|| ResolvedExpiry {
            // The end of time is the one instant that an hour cannot be added to.
            expires_at: now.checked_add(DEFAULT_LIFETIME).unwrap_or(Timestamp::MAX),
            source: ExpirySource::Default,
        })
}

fn of_answer(expiry: Expiry, now: Timestamp) -> Option<Timestamp> {
    match expiry {
        Expiry::In(lifetime) => after(Some(lifetime), now),
        Expiry::At(instant) => believable(instant, now),
    }
}

/// The `exp` of a token that is a JWT. Nothing is verified: the token came from the endpoint that
/// is trusted to issue it, and only its end is read.
fn of_token(token: &SecretString, now: Timestamp) -> Option<Timestamp> {
    let claims = jwt_payload(token.expose_secret())?;
    let expires = seconds(claims.get("exp")?)?;
    if let Some(instant) =
        Timestamp::from_second(expires).ok().and_then(|instant| believable(instant, now))
    {
        return Some(instant);
    }
    let lifetime = expires.checked_sub(seconds(claims.get("iat")?)?)?;
    after(u64::try_from(lifetime).ok().map(Duration::from_secs), now)
}

fn jwt_payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    if payload.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A `NumericDate` (RFC 7519 section 2) in whole seconds; some issuers write it as a string.
fn seconds(value: &Value) -> Option<i64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "bounded to what jiff can hold")]
    (number.abs() < 253_402_207_200.0).then_some(number.trunc() as i64)
}

fn after(lifetime: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    let lifetime = lifetime.filter(|lifetime| !lifetime.is_zero() && *lifetime <= MAX_LIFETIME)?;
    now.checked_add(lifetime).ok()
}

fn believable(instant: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let left = Duration::try_from(instant.duration_since(now)).ok()?;
    (!left.is_zero() && left <= MAX_LIFETIME).then_some(instant)
}
