//! The time that a verb has: one limit for all that it waits for.

use std::time::Duration;

use connection_core::clock::Stopwatch;

/// The time that a verb has.
pub(crate) struct Deadline {
    since: Stopwatch,
    limit: Duration,
}

impl Deadline {
    /// Begins now.
    pub(crate) fn of(limit: Duration) -> Self {
        Self { since: Stopwatch::start(), limit }
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// What is left, and no less than `least`: for an end that has begun in time.
    pub(crate) fn at_least(&self, least: Duration) -> Self {
        Self::of(self.left().max(least))
    }
}
