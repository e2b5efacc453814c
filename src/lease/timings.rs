//! The timings of the leader election, named as in client-go's `LeaderElectionConfig`.

use std::time::Duration;

/// The timings of the leader election.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeaseTimings {
    /// How long other candidates wait after they observed a renewal before they acquire the Lease.
    pub lease_duration: Duration,
    /// How long the holder leads after it sent a successful renewal. Shorter than the lease
    /// duration, so that leadership ends before another begins, even if clock rates differ.
    pub renew_deadline: Duration,
    /// The time between renewals, and how long a standby trusts a watch without events.
    pub retry_period: Duration,
    /// The time between a failed call and the next call.
    pub failure_backoff: Duration,
    /// The timeout of one call.
    pub call_timeout: Duration,
}

impl LeaseTimings {
    /// The operator's timings. A renewal every 5 seconds makes 720 requests per hour.
    pub(super) const OPERATOR: Self = Self {
        lease_duration: Duration::from_secs(20),
        renew_deadline: Duration::from_secs(13),
        retry_period: Duration::from_secs(5),
        failure_backoff: Duration::from_secs(2),
        // A renewal that times out leaves time to retry before the deadline: 5 + 4 + 2 < 13.
        call_timeout: Duration::from_secs(4),
    };
}
