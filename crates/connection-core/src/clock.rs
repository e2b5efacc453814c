//! The clock's one home: everything else is told the time.

use std::ops::Add;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Returns the wall-clock time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Drops the fraction of a second: what people and Kubernetes expect of a time that is shown.
#[must_use]
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Measures how long something takes, on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A point on the monotonic clock, which nobody can set and which goes on while the process is
/// frozen.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MonotonicInstant(Instant);

/// Returns the monotonic clock's time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
pub fn moment() -> MonotonicInstant {
    MonotonicInstant(Instant::now())
}

impl MonotonicInstant {
    /// The time from `earlier` to this; nothing where that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}

impl Add<Duration> for MonotonicInstant {
    type Output = Self;

    /// This moment and so much more; as far as the clock can tell.
    fn add(self, more: Duration) -> Self {
        Self(self.0.checked_add(more).unwrap_or(self.0))
    }
}
