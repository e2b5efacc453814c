//! When to ask again, and how far the provider's clock is from ours: both are in its headers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::http_date;

/// The longest wait that a provider can ask for; after it, asking once more costs one request.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Reads a `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a date.
///
/// The wait is counted from `now` and at most [`MAX_RETRY_AFTER`]. A date that has passed is no
/// wait. `None` where the header can not be read.
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a very long wait.
        Duration::from_secs(header.parse().unwrap_or(u64::MAX))
    } else {
        let until = http_date::read(header, now)?;
        Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Reads from a `Date` header (RFC 9110 section 6.6.1) how far the provider's clock is ahead of
/// `now`; negative where it is behind. `None` where the header can not be read.
///
/// The header has whole seconds and was written before it arrived, so a second or two mean nothing.
#[must_use]
pub fn clock_difference(date_header: &str, now: Timestamp) -> Option<SignedDuration> {
    http_date::read(date_header, now).map(|theirs| theirs.duration_since(now))
}
