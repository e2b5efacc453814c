//! When an answer says that its token ends, in every way that providers write it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::path::FieldPath;
use super::rules::{ExpiryKind, ExpiryRule, ExpiryUnit};
use crate::oauth::expiry::{Expiry, MAX_LIFETIME};

/// What is understood without a rule, in this order.
const KNOWN: [(&str, ExpiryKind); 3] =
    [("expires_in", ExpiryKind::In), ("expires_at", ExpiryKind::At), ("expires", ExpiryKind::At)];

/// The longest text that is a number or a date.
const MAX_TEXT_BYTES: usize = 64;

/// What is understood of a refresh token without a rule.
const KNOWN_OF_REFRESH: [&str; 3] =
    ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"];

/// Reads the refresh token's expiry, likewise.
pub(super) fn read_refresh(root: &Value, rule: Option<&ExpiryRule>) -> Option<Expiry> {
    match rule {
        Some(_) => read(root, rule),
        None => KNOWN_OF_REFRESH.into_iter().find_map(|name| {
            let value = FieldPath::top(name).find(root)?;
            field(value, ExpiryKind::In, ExpiryUnit::default())
        }),
    }
}

/// Reads the expiry; nothing that is zero, negative or absurd counts.
pub(super) fn read(root: &Value, rule: Option<&ExpiryRule>) -> Option<Expiry> {
    match rule {
        Some(rule) => rule.path.find(root).and_then(|value| field(value, rule.kind, rule.unit)),
        None => KNOWN.into_iter().find_map(|(name, kind)| {
            FieldPath::top(name)
                .find(root)
                .and_then(|value| field(value, kind, ExpiryUnit::default()))
        }),
    }
}

fn field(value: &Value, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    match value {
        Value::Number(number) => of_number(number.as_f64()?, kind, unit),
        Value::String(text) => of_text(text.trim(), kind, unit),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_text(text: &str, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    match text.parse() {
        Ok(number) => of_number(number, kind, unit),
        Err(_) => text.parse().ok().map(Expiry::ExpiresAt),
    }
}

fn of_number(number: f64, kind: ExpiryKind, unit: ExpiryUnit) -> Option<Expiry> {
    let seconds = match unit {
        ExpiryUnit::Seconds => number,
        ExpiryUnit::Milliseconds => number / 1000.0,
    };
    match kind {
        ExpiryKind::In => {
            lifetime(seconds).or_else(|| lifetime(seconds / 1000.0)).map(Expiry::ExpiresIn)
        }
        // A token does not end in the seventies: so small a number is a lifetime under this name.
        ExpiryKind::At => match lifetime(seconds) {
            Some(lifetime) => Some(Expiry::ExpiresIn(lifetime)),
            None => instant(seconds).or_else(|| instant(seconds / 1000.0)).map(Expiry::ExpiresAt),
        },
    }
}

/// At least a millisecond and at most [`MAX_LIFETIME`]. NaN and the infinities are no duration.
fn lifetime(seconds: f64) -> Option<Duration> {
    let lifetime = Duration::try_from_secs_f64(seconds).ok()?;
    (Duration::from_millis(1)..=MAX_LIFETIME).contains(&lifetime).then_some(lifetime)
}

/// An instant of the years 1980 to 2999: beyond, the number counts something else.
fn instant(seconds: f64) -> Option<Timestamp> {
    if !(315_532_800.0..32_503_680_000.0).contains(&seconds) {
        return None;
    }
    let since_epoch = Duration::try_from_secs_f64(seconds).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(since_epoch).ok()
}
