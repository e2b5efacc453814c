//! The time limit of a verb, shared by everything that it waits for.

use std::time::Duration;

use connection_core::clock::Stopwatch;

/// A point in time after which a verb stops waiting.
pub(crate) struct Deadline {
    since: Stopwatch,
    limit: Duration,
}

impl Deadline {
    /// Returns the deadline `limit` after now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { since: Stopwatch::start(), limit }
    }

    /// Returns the time until the deadline.
    pub(crate) fn remaining(&self) -> Duration {
        // A subtraction of durations panics if the result is negative.
        self.limit.saturating_sub(self.since.elapsed())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Returns a deadline that leaves at least `least`, to finish what started in time.
    pub(crate) fn at_least(&self, least: Duration) -> Self {
        Self::after(self.remaining().max(least))
    }
}
