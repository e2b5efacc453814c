//! The retry of failed watches: when the watch is requested again, and how its errors are logged.

use std::time::Duration;

use backon::ExponentialBuilder;
use kube::runtime::utils::{Backoff, ResetTimerBackoff};
use kube::runtime::watcher::{self, ExponentialBackoff};

/// Timeout of one watch request, seconds. A broken connection that no peer closed is detected by
/// then.
pub(super) const WATCH_TIMEOUT: u32 = 60;

/// Bounds of the delay after a failed watch, without jitter. Jitter adds up to the delay again, so
/// that no delay is longer than 5 seconds.
const MIN_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_millis(2500);

/// A watch without an error for this long starts again with the shortest delay.
const RESET_AFTER: Duration = Duration::from_secs(30);

/// The delays after a failed watch: exponential, with jitter, at most 5 seconds, so that a server
/// that is available again is used soon.
pub(super) struct WatchBackoff(ResetTimerBackoff<ExponentialBackoff>);

/// Returns the only backoff that is applied to a watch.
pub(super) fn watch_backoff() -> WatchBackoff {
    let delays = ExponentialBuilder::default()
        .with_min_delay(MIN_DELAY)
        .with_max_delay(MAX_DELAY)
        // A restart of the API server ends many watches at once; jitter spreads their retries.
        .with_jitter()
        // A watch must recover from an outage of any length.
        .without_max_times();
    WatchBackoff(ResetTimerBackoff::new(delays.into(), RESET_AFTER))
}

impl Iterator for WatchBackoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.0.next()
    }
}

impl Backoff for WatchBackoff {
    /// Does nothing: `StreamBackoff` resets on every event, and a watcher emits `Event::Init` before
    /// each list, also before one that fails. Only time without an error resets the delay.
    fn reset(&mut self) {}
}

/// Returns true if the API server was reached, even if its response was an error.
pub(super) fn server_responded(error: &watcher::Error) -> bool {
    use watcher::Error as E;
    match error {
        E::InitialListFailed(cause) | E::WatchStartFailed(cause) => {
            // Any other cause is a failure to connect or to read the response.
            matches!(cause, kube::Error::Api(_))
        }
        // These follow a response of the server.
        E::WatchError(_) | E::WatchFailed(_) | E::NoResourceVersion => true,
    }
}

/// Describes the error without the server's text, which may repeat what was sent.
pub(super) fn describe(error: &watcher::Error) -> &'static str {
    match error {
        watcher::Error::InitialListFailed(_) => "the list was denied or not received",
        watcher::Error::WatchStartFailed(_) => "the watch was denied or did not start",
        watcher::Error::WatchError(_) => "the server ended the watch",
        watcher::Error::WatchFailed(_) => "the watch was interrupted",
        watcher::Error::NoResourceVersion => "the list has no resource version",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The delays of a watch that fails `count` times, as `StreamBackoff` requests them: each list
    /// emits `Event::Init` before it fails, which resets the backoff.
    fn delays(backoff: &mut WatchBackoff, count: usize) -> Vec<Duration> {
        let delay = |_| {
            backoff.reset();
            backoff.next().unwrap()
        };
        (0..count).map(delay).collect()
    }

    #[test]
    fn a_failing_watch_is_retried_with_growing_delays_of_at_most_five_seconds() {
        let delays = delays(&mut watch_backoff(), 100);
        assert!(delays[0] <= 2 * MIN_DELAY, "{delays:?}");
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(5)), "{delays:?}");
        assert!(delays[5..].iter().all(|delay| *delay >= MAX_DELAY), "{delays:?}");
    }
}
