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
    TimeZone::UTC.to_timestamp(date).ok()
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
