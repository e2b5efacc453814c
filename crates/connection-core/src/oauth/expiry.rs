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
    ExpiresIn(Duration),
    /// At this instant, on the provider's clock.
    ExpiresAt(Timestamp),
}

impl Expiry {
    /// The instant, of an answer that came at `now`; none where it is not to come.
    #[must_use]
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        of_answer(self, now)
    }
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

/// Whether a JWT's own `exp` says that it has ended at `now`; what is no JWT says nothing.
#[must_use]
pub fn is_expired(token: &SecretString, now: Timestamp) -> bool {
    let claims = jwt_payload(token.expose_secret());
    let expires = claims.as_ref().and_then(|claims| claims.get("exp")).and_then(seconds);
    expires.is_some_and(|expires| expires <= now.as_second())
}

fn of_answer(expiry: Expiry, now: Timestamp) -> Option<Timestamp> {
    match expiry {
        Expiry::ExpiresIn(lifetime) => after(Some(lifetime), now),
        Expiry::ExpiresAt(instant) => plausible(instant, now),
    }
}

/// The `exp` of a token that is a JWT. Nothing is verified: the token came from the endpoint that
/// is trusted to issue it, and only its end is read.
fn of_token(token: &SecretString, now: Timestamp) -> Option<Timestamp> {
    let claims = jwt_payload(token.expose_secret())?;
    let expires = seconds(claims.get("exp")?)?;
    if let Some(instant) =
        Timestamp::from_second(expires).ok().and_then(|instant| plausible(instant, now))
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

fn plausible(instant: Timestamp, now: Timestamp) -> Option<Timestamp> {
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
    fn the_first_that_tells_something_is_believed() {
        let token = jwt(&format!(r#"{{"exp":{}}}"#, now().as_second() + 600));
        let answered = Some(Expiry::ExpiresIn(Duration::from_mins(5)));
        let (every, preset) = (Some(900), Some(1200));
        for (answered, token, every, preset, expected, source) in [
            (answered, &token, every, preset, 300, ExpirySource::Response),
            (None, &token, every, preset, 600, ExpirySource::Token),
            (None, &opaque(), every, preset, 900, ExpirySource::RefreshEverySeconds),
            (None, &opaque(), None, preset, 1200, ExpirySource::Preset),
            (None, &opaque(), None, None, 3600, ExpirySource::Default),
            (None, &opaque(), Some(0), Some(0), 3600, ExpirySource::Default),
        ] {
            let [every, preset] = [every, preset].map(|told| told.map(Duration::from_secs));
            let resolved = resolve(answered, token, every, preset, now());
            assert_eq!(resolved, ResolvedExpiry { expires_at: from_now(expected), source });
        }
    }

    #[test]
    fn a_jwt_tells_that_it_has_ended_and_other_text_tells_nothing() {
        let expiring = |seconds: i64| jwt(&format!(r#"{{"exp":{}}}"#, now().as_second() + seconds));
        assert!(is_expired(&expiring(-1), now()));
        assert!(!is_expired(&expiring(60), now()));
        assert!(!is_expired(&opaque(), now()));
    }

    #[test]
    fn an_end_that_is_not_to_come_is_passed_over() {
        for answered in [
            Expiry::ExpiresAt(now()),
            Expiry::ExpiresAt(from_now(-1)),
            Expiry::ExpiresAt(Timestamp::MIN),
            Expiry::ExpiresAt(Timestamp::MAX),
            Expiry::ExpiresIn(Duration::ZERO),
            Expiry::ExpiresIn(Duration::MAX),
        ] {
            let resolved = resolve(Some(answered), &opaque(), None, None, now());
            assert_eq!(resolved.source, ExpirySource::Default, "{answered:?}");
        }
        let near = resolve(Some(Expiry::ExpiresAt(from_now(1))), &opaque(), None, None, now());
        assert_eq!(
            near,
            ResolvedExpiry { expires_at: from_now(1), source: ExpirySource::Response }
        );
    }

    #[test]
    fn a_token_that_is_a_jwt_tells_its_end() {
        let at = now().as_second();
        for (claims, expected) in [
            (format!(r#"{{"exp":{}}}"#, at + 60), Some(60)),
            (format!(r#"{{"exp":"{}"}}"#, at + 60), Some(60)),
            (format!(r#"{{"exp":{}.75}}"#, at + 60), Some(60)),
            // Our clock is a day ahead: the lifetime is right all the same.
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
    fn a_token_that_is_no_jwt_tells_nothing() {
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
    fn status_names_each_source_in_one_word() {
        for (source, word) in [
            (ExpirySource::Response, "\"Response\""),
            (ExpirySource::Token, "\"Token\""),
            (ExpirySource::RefreshEverySeconds, "\"RefreshEverySeconds\""),
            (ExpirySource::Preset, "\"Preset\""),
            (ExpirySource::Default, "\"Default\""),
        ] {
            assert_eq!(serde_json::to_string(&source).unwrap(), word);
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
            let made = jwt(&format!(r#"{{"exp":{exp},"iat":{iat}}}"#));
            for token in [SecretString::from(token), made] {
                prop_assert!(resolve(None, &token, every, None, now).expires_at > now);
            }
        }
    }
}
