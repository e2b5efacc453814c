//! Dates as HTTP headers write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The longest date is RFC 850's, with a Wednesday in it: 33 bytes.
const MAX_BYTES: usize = 40;

/// The three formats of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime.
const FORMATS: [&str; 3] =
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Reads an HTTP-date (RFC 9110 section 5.6.7); `None` where it is none.
///
/// `now` decides which century a year of two digits is in: the one that brings it nearest, so that
/// none is more than 50 years ahead.
#[must_use]
pub fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    let [fixdate, rfc850, asctime] = FORMATS;
    civil(fixdate, text).or_else(|| civil(asctime, text)).and_then(utc).or_else(|| {
        let year_now = TimeZone::UTC.to_datetime(now).year();
        civil(rfc850, text).and_then(|date| century(date, year_now)).and_then(utc)
    })
}

fn civil(format: &str, text: &str) -> Option<DateTime> {
    let mut fields = strtime::parse(format, text).ok()?;
    // Its own weekday may not fit a year whose century is still open; nothing here needs one.
    fields.set_weekday(None);
    fields.to_datetime().ok()
}

fn utc(date: DateTime) -> Option<Timestamp> {
    // The last day of 9999, which means never, is the one that has no instant here.
    (date.year() >= 0).then(|| TimeZone::UTC.to_timestamp(date).unwrap_or(Timestamp::MAX))
}

fn century(date: DateTime, year_now: i16) -> Option<DateTime> {
    let mut year = year_now - year_now.rem_euclid(100) + date.year().rem_euclid(100);
    if year > year_now + 50 {
        year -= 100;
    } else if year < year_now - 49 {
        year += 100;
    }
    date.with().year(year).build().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn all_three_formats_are_read() {
        let now = at("2026-05-04T09:00:00Z");
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"),
            (" Mon, 04 May 2026 09:00:01 GMT ", "2026-05-04T09:00:01Z"),
            ("Monday, 04-May-26 09:00:01 GMT", "2026-05-04T09:00:01Z"),
            ("Wednesday, 01-Jan-76 00:00:00 GMT", "2076-01-01T00:00:00Z"),
            ("Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text, now), Some(at(expected)), "{text}");
        }
        let century_ends = at("2099-12-31T23:59:00Z");
        assert_eq!(
            read("Friday, 01-Jan-00 00:00:00 GMT", century_ends),
            Some(at("2100-01-01T00:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
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
            assert_eq!(read(text, at("2026-05-04T09:00:00Z")), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>(), now in any::<i32>()) {
            let _ = read(&text, Timestamp::from_second(now.into()).unwrap());
        }
    }
}
