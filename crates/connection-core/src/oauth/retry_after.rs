//! The `Retry-After` and `Date` headers of a response.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Longest `Retry-After` that is honored: a provider cannot stop renewals for longer.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Parses `Retry-After` (RFC 9110 section 10.2.3), which is a number of seconds or a date.
///
/// Returns the wait from `now`, at most [`MAX_RETRY_AFTER`] and zero for a date in the past. `None`
/// if the header is invalid.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that overflows is a very long wait.
        Duration::from_secs(header.parse().unwrap_or(u64::MAX))
    } else {
        let until = http_date(header)?;
        Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Returns how far the clock of a server is ahead of `now`, negative if it is behind, from its
/// `Date` header (RFC 9110 section 6.6.1). `None` if the header is invalid.
///
/// Accurate to a few seconds: the header has whole seconds and is older than `now`.
pub fn clock_difference(date_header: &str, now: Timestamp) -> Option<SignedDuration> {
    http_date(date_header).map(|server_time| server_time.duration_since(now))
}

/// Parses an HTTP-date in any of the three formats of RFC 9110 section 5.6.7.
fn http_date(text: &str) -> Option<Timestamp> {
    let time = httpdate::parse_http_date(text).ok()?;
    // Dates start in 1970, so only the last two days of 9999 are out of range.
    Some(Timestamp::try_from(time).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-05-04T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn dates_are_accepted_in_all_three_formats() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"),
            (" Mon, 04 May 2026 09:00:01 GMT ", "2026-05-04T09:00:01Z"),
            ("Monday, 04-May-26 09:00:01 GMT", "2026-05-04T09:00:01Z"),
            ("Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"),
            ("Tuesday, 01-Jan-69 00:00:00 GMT", "2069-01-01T00:00:00Z"),
        ] {
            assert_eq!(http_date(text), Some(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn invalid_dates_are_rejected() {
        for text in [
            "",
            "0",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 PST",
            "Sun, 31 Feb 2026 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "2026-05-04T09:00:00Z",
            "Sun, 06 Nov 1994 08:49:37 GMT and more",
            "Wednesday, 06-November-94 08:49:37 GMT and more and more",
        ] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = http_date(&text);
        }

        #[test]
        fn no_date_panics(text in "(Mon|Sunday), ?[0-9]{2}[ -](Feb|Dec)[ -]([0-9]{4}|[0-9]{2}) [0-9]{2}:[0-9]{2}:[0-9]{2} GMT") {
            let _ = http_date(&text);
        }
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_is_bounded() {
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
    fn the_clock_difference_is_server_time_minus_now() {
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
