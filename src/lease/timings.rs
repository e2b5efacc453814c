//! The times of an election.

use std::time::Duration;

/// The times of an election.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeaseTimings {
    /// How long others leave the Lease to its holder after they saw it renewed.
    pub duration: Duration,
    /// How long the holder acts after it began a renewal that succeeded: shorter, so that it has
    /// ended before others begin, also where clocks run at different rates.
    pub renew_deadline: Duration,
    /// How long after a renewal the next is due; how long others bear a silent watch.
    pub retry: Duration,
    /// The rest after a call that failed.
    pub pause: Duration,
    /// How long one call may take.
    pub call: Duration,
}

impl LeaseTimings {
    /// Those of the operator: one renewal in five seconds are 720 requests an hour.
    pub(super) const OPERATOR: Self = Self {
        duration: Duration::from_secs(20),
        renew_deadline: Duration::from_secs(13),
        retry: Duration::from_secs(5),
        pause: Duration::from_secs(2),
        call: Duration::from_secs(4),
    };
}
