//! The expiry of an access token and its source.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The lifetime of a token if no source states one.
pub const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

/// Longest plausible lifetime: 10 years. A longer one is ignored.
pub const MAX_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// Longest JWT payload that is parsed, bytes of its base64url form.
const MAX_PAYLOAD_BYTES: usize = 64 * 1024;

/// The expiry that a token response states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// A lifetime from the response on (`expires_in`, RFC 6749 section 5.1).
    ExpiresIn(Duration),
    /// An instant on the clock of the provider.
    ExpiresAt(Timestamp),
}

impl Expiry {
    /// Returns the instant of expiry for a response received at `now`. `None` if it is not in the
    /// future or more than [`MAX_LIFETIME`] away.
    pub fn expires_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::ExpiresIn(lifetime) => after(Some(lifetime), now),
            Self::ExpiresAt(instant) => plausible(instant, now),
        }
    }
}

/// The source of an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExpirySource {
    /// The token response.
    Response,
    /// The `exp` claim of an access token that is a JWT (RFC 9068 section 2.2).
    Token,
    /// `spec.refresh.everySeconds`.
    RefreshEverySeconds,
    /// The provider preset.
    Preset,
    /// No source: [`DEFAULT_LIFETIME`].
    Default,
}

/// The expiry of a token and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedExpiry {
    /// Always after the time of resolution.
    pub expires_at: Timestamp,
    pub source: ExpirySource,
}

/// Resolves the expiry of `token`, received at `now`.
///
/// Uses the first plausible source: the response, the `exp` claim of the token,
/// `spec.refresh.everySeconds`, the lifetime of the preset, [`DEFAULT_LIFETIME`].
///
/// An expiry that is not after `now` is ignored: providers do not issue expired tokens, so the
/// clocks differ. If a JWT has `iat` as well, its lifetime is correct on any clock and counts from
/// `now`. An expiry more than [`MAX_LIFETIME`] away is ignored too.
pub fn resolve(
    response: Option<Expiry>,
    token: &SecretString,
    every: Option<Duration>,
    preset: Option<Duration>,
    now: Timestamp,
) -> ResolvedExpiry {
    let resolved = |expires_at: Option<Timestamp>, source| {
        expires_at.map(|expires_at| ResolvedExpiry { expires_at, source })
    };
    resolved(response.and_then(|expiry| expiry.expires_at(now)), ExpirySource::Response)
        .or_else(|| resolved(jwt_expiry(token, now), ExpirySource::Token))
        .or_else(|| resolved(after(every, now), ExpirySource::RefreshEverySeconds))
        .or_else(|| resolved(after(preset, now), ExpirySource::Preset))
        .unwrap_or_else(|| ResolvedExpiry {
            // Adding an hour overflows only at the end of the range of `Timestamp`.
            expires_at: now.checked_add(DEFAULT_LIFETIME).unwrap_or(Timestamp::MAX),
            source: ExpirySource::Default,
        })
}

/// Returns true if `token` is a JWT whose `exp` is not after `now`.
pub fn is_expired(token: &SecretString, now: Timestamp) -> bool {
    let claims = jwt_payload(token.expose_secret());
    let expires = claims.as_ref().and_then(|claims| claims.get("exp")).and_then(seconds);
    expires.is_some_and(|expires| expires <= now.as_second())
}

/// Returns the expiry of a token that is a JWT.
///
/// Does not verify the signature: the token comes from the token endpoint over TLS, and only its
/// expiry is used.
fn jwt_expiry(token: &SecretString, now: Timestamp) -> Option<Timestamp> {
    let claims = jwt_payload(token.expose_secret())?;
    let expires = seconds(claims.get("exp")?)?;
    if let Some(instant) =
        Timestamp::from_second(expires).ok().and_then(|instant| plausible(instant, now))
    {
        return Some(instant);
    }
    // The clocks differ: the difference of two claims is correct on any clock.
    let lifetime = expires.checked_sub(seconds(claims.get("iat")?)?)?;
    after(u64::try_from(lifetime).ok().map(Duration::from_secs), now)
}

fn jwt_payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    // A JWS has three parts; one of five is encrypted, and other tokens are opaque.
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    if payload.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Parses a `NumericDate` (RFC 7519 section 2) to whole seconds. Some issuers write it as a string.
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

fn plausible(instant: Timestamp, now: Timestamp) -> Option<Timestamp> {
    // The conversion fails for a negative duration.
    let left = Duration::try_from(instant.duration_since(now)).ok()?;
    (!left.is_zero() && left <= MAX_LIFETIME).then_some(instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-05-04T09:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn opaque() -> SecretString {
        "opaque".into()
    }

    fn jwt(claims: &str) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)).into()
    }

    fn from_now(seconds: i64) -> Timestamp {
        Timestamp::from_second(now().as_second() + seconds).unwrap()
    }

    #[test]
    fn the_first_plausible_source_is_used() {
        let token = jwt(&format!(r#"{{"exp":{}}}"#, now().as_second() + 600));
        let response = Some(Expiry::ExpiresIn(Duration::from_mins(5)));
        let (every, preset) = (Some(900), Some(1200));
        for (response, token, every, preset, expected, source) in [
            (response, &token, every, preset, 300, ExpirySource::Response),
            (None, &token, every, preset, 600, ExpirySource::Token),
            (None, &opaque(), every, preset, 900, ExpirySource::RefreshEverySeconds),
            (None, &opaque(), None, preset, 1200, ExpirySource::Preset),
            (None, &opaque(), None, None, 3600, ExpirySource::Default),
            (None, &opaque(), Some(0), Some(0), 3600, ExpirySource::Default),
        ] {
            let [every, preset] = [every, preset].map(|seconds| seconds.map(Duration::from_secs));
            let resolved = resolve(response, token, every, preset, now());
            assert_eq!(resolved, ResolvedExpiry { expires_at: from_now(expected), source });
        }
    }

    #[test]
    fn only_a_jwt_with_a_past_exp_is_expired() {
        let expiring = |seconds: i64| jwt(&format!(r#"{{"exp":{}}}"#, now().as_second() + seconds));
        assert!(is_expired(&expiring(-1), now()));
        assert!(!is_expired(&expiring(60), now()));
        assert!(!is_expired(&opaque(), now()));
    }

    #[test]
    fn an_expiry_that_is_not_in_the_future_is_ignored() {
        for response in [
            Expiry::ExpiresAt(now()),
            Expiry::ExpiresAt(from_now(-1)),
            Expiry::ExpiresAt(Timestamp::MIN),
            Expiry::ExpiresAt(Timestamp::MAX),
            Expiry::ExpiresIn(Duration::ZERO),
            Expiry::ExpiresIn(Duration::MAX),
        ] {
            let resolved = resolve(Some(response), &opaque(), None, None, now());
            assert_eq!(resolved.source, ExpirySource::Default, "{response:?}");
        }
        let near = resolve(Some(Expiry::ExpiresAt(from_now(1))), &opaque(), None, None, now());
        assert_eq!(
            near,
            ResolvedExpiry { expires_at: from_now(1), source: ExpirySource::Response }
        );
    }

    #[test]
    fn the_exp_claim_of_a_jwt_is_used() {
        let at = now().as_second();
        for (claims, expected) in [
            (format!(r#"{{"exp":{}}}"#, at + 60), Some(60)),
            (format!(r#"{{"exp":"{}"}}"#, at + 60), Some(60)),
            (format!(r#"{{"exp":{}.75}}"#, at + 60), Some(60)),
            // Our clock is a day ahead; the lifetime is still correct.
            (format!(r#"{{"iat":{},"exp":{}}}"#, at - 86400, at - 85800), Some(600)),
            (format!(r#"{{"exp":{}}}"#, at - 60), None),
            (format!(r#"{{"iat":{},"exp":{}}}"#, at - 60, at - 60), None),
            (format!(r#"{{"iat":{},"exp":{}}}"#, at, at - 60), None),
            (r#"{"exp":1e300}"#.to_owned(), None),
            (r#"{"exp":"NaN"}"#.to_owned(), None),
            (r#"{"exp":-9223372036854775808,"iat":9223372036854775807}"#.to_owned(), None),
            (r#"{"exp":null}"#.to_owned(), None),
            ("{}".to_owned(), None),
            ("[]".to_owned(), None),
            ("not JSON".to_owned(), None),
        ] {
            let resolved = resolve(None, &jwt(&claims), None, None, now());
            let token = expected.map(|seconds| (from_now(seconds), ExpirySource::Token));
            let fallback = (from_now(3600), ExpirySource::Default);
            assert_eq!(
                (resolved.expires_at, resolved.source),
                token.unwrap_or(fallback),
                "{claims}"
            );
        }
    }

    #[test]
    fn a_token_that_is_not_a_jwt_has_no_expiry() {
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{}}}"#, now().as_second() + 60));
        let padded = format!("{}{}", " ".repeat(MAX_PAYLOAD_BYTES), "{}");
        for token in [
            claims.clone(),
            format!("e30.{claims}"),
            format!("e30.{claims}.x.y.z"),
            "e30.!!!.x".to_owned(),
            format!("e30.{}.x", URL_SAFE_NO_PAD.encode(padded)),
            String::new(),
        ] {
            let resolved = resolve(None, &token.into(), None, None, now());
            assert_eq!(resolved.source, ExpirySource::Default);
        }
    }

    #[test]
    fn each_source_is_serialized_as_its_name() {
        for (source, name) in [
            (ExpirySource::Response, "\"Response\""),
            (ExpirySource::Token, "\"Token\""),
            (ExpirySource::RefreshEverySeconds, "\"RefreshEverySeconds\""),
            (ExpirySource::Preset, "\"Preset\""),
            (ExpirySource::Default, "\"Default\""),
        ] {
            assert_eq!(serde_json::to_string(&source).unwrap(), name);
        }
    }

    proptest! {
        #[test]
        fn every_token_expires_after_now(
            token in "([a-zA-Z0-9_-]{0,20}\\.){0,4}", exp in any::<i64>(), iat in any::<i64>(),
            every in any::<Option<u64>>(), now in 0_i64..250_000_000_000,
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let every = every.map(Duration::from_secs);
            let signed = jwt(&format!(r#"{{"exp":{exp},"iat":{iat}}}"#));
            for token in [SecretString::from(token), signed] {
                prop_assert!(resolve(None, &token, every, None, now).expires_at > now);
            }
        }
    }
}
