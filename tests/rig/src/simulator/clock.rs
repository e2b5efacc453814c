//! The simulator's clock.

use jiff::{SignedDuration, Timestamp};

/// Now, by the machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator acts as another machine: its clock is not the operator's"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// An HTTP date (RFC 9110 section 5.6.7) `offset` seconds from now.
pub(super) fn http_date(offset: i64) -> String {
    later(offset).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The time `offset` seconds from now; now itself if there is no such time.
pub(super) fn later(offset: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_secs(offset)).unwrap_or_else(|_| now())
}
