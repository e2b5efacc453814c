//! The expiry that a response states, in the notations that providers use.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::path::FieldPath;
use super::rules::{ExpiryKind, ExpiryRule, ExpiryUnit};
use crate::oauth::expiry::{Expiry, MAX_LIFETIME};

/// Fields that are parsed without a rule, in this order.
const DEFAULT_FIELDS: [(&str, ExpiryKind); 3] =
    [("expires_in", ExpiryKind::In), ("expires_at", ExpiryKind::At), ("expires", ExpiryKind::At)];

/// Longest text that is parsed as a number or a date.
const MAX_TEXT_BYTES: usize = 64;

/// Fields with the lifetime of a refresh token that are parsed without a rule, in this order.
const DEFAULT_REFRESH_FIELDS: [&str; 3] =
    ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"];

/// Returns the expiry of the refresh token.
pub(super) fn refresh_token_expiry(root: &Value, rule: Option<&ExpiryRule>) -> Option<Expiry> {
    match rule {
        Some(_) => access_token_expiry(root, rule),
        None => DEFAULT_REFRESH_FIELDS.into_iter().find_map(|name| {
            let value = FieldPath::top(name).find(root)?;
            parse_value(value, ExpiryKind::In, ExpiryUnit::default())
        }),
    }
}

/// Returns the expiry of the access token. `None` if it is zero, negative or implausible.
pub(super) fn access_token_expiry(root: &Value, rule: Option<&ExpiryRule>) -> Option<Expiry> {
    match rule {
        Some(rule) => {
            rule.path.find(root).and_then(|value| parse_value(value, rule.kind, rule.unit))
        }
        None => DEFAULT_FIELDS.into_iter().find_map(|(name, kind)| {
            FieldPath::top(name)
                .find(root)
                .and_then(|value| parse_value(value, kind, ExpiryUnit::default()))
        }),
    }
}

fn parse_value(value: &Value, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    match value {
        Value::Number(number) => parse_number(number.as_f64()?, kind, unit),
        Value::String(text) => parse_text(text.trim(), kind, unit),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn parse_text(text: &str, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    match text.parse() {
        Ok(number) => parse_number(number, kind, unit),
        // A date is an instant, even if the rule expects a lifetime.
        Err(_) => text.parse().ok().map(Expiry::ExpiresAt),
    }
}

fn parse_number(number: f64, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    let seconds = match unit {
        ExpiryUnit::Seconds => number,
        ExpiryUnit::Milliseconds => number / 1000.0,
    };
    match kind {
        // An implausible number of seconds may be milliseconds.
        ExpiryKind::In => {
            lifetime(seconds).or_else(|| lifetime(seconds / 1000.0)).map(Expiry::ExpiresIn)
        }
        // A number this small would be an instant in the 1970s: some providers mean a lifetime.
        ExpiryKind::At => match lifetime(seconds) {
            Some(lifetime) => Some(Expiry::ExpiresIn(lifetime)),
            None => instant(seconds).or_else(|| instant(seconds / 1000.0)).map(Expiry::ExpiresAt),
        },
    }
}

/// Returns a lifetime of 1 ms to [`MAX_LIFETIME`]; `None` for other numbers and NaN.
fn lifetime(seconds: f64) -> Option<Duration> {
    let lifetime = Duration::try_from_secs_f64(seconds).ok()?;
    (Duration::from_millis(1)..=MAX_LIFETIME).contains(&lifetime).then_some(lifetime)
}

/// Returns an instant of the years 1980 to 2999; other numbers are not seconds since the epoch.
fn instant(seconds: f64) -> Option<Timestamp> {
    if !(315_532_800.0..32_503_680_000.0).contains(&seconds) {
        return None;
    }
    let since_epoch = Duration::try_from_secs_f64(seconds).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(since_epoch).ok()
}
