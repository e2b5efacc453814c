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

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-05-04T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_has_an_end() {
        for (header, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 120 ", Some(120)),
            ("3601", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Mon, 04 May 2026 09:02:00 GMT", Some(120)),
            ("Mon, 04 May 2026 08:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(header, now()), expected, "{header:?}");
        }
    }

    #[test]
    fn the_clock_difference_is_theirs_less_ours() {
        for (header, expected) in [
            ("Mon, 04 May 2026 09:00:00 GMT", Some(0)),
            ("Mon, 04 May 2026 09:05:00 GMT", Some(300)),
            ("Mon, 04 May 2026 08:59:30 GMT", Some(-30)),
            ("", None),
            ("120", None),
        ] {
            let expected = expected.map(SignedDuration::from_secs);
            assert_eq!(clock_difference(header, now()), expected, "{header:?}");
        }
    }
}
