//! What a watch does where the API server is silent or refuses: when it asks anew, and what it says.

use std::time::Duration;

use backon::ExponentialBuilder;
use kube::runtime::watcher::{self, ExponentialBackoff};

/// The longest silence of a watch, seconds, after which it is asked for anew: a connection that
/// nobody closed is noticed by then.
pub(super) const WATCH_TIMEOUT: u32 = 60;

/// The delays after which a watch that failed is begun anew.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);
const LONGEST_PATIENCE: Duration = Duration::from_secs(5);

/// How long a watch that failed waits: short enough that a server that is back is noticed while its
/// users still look.
pub(super) fn watch_backoff() -> ExponentialBackoff {
    let delays = ExponentialBuilder::default().with_min_delay(SHORTEST_PATIENCE);
    delays.with_max_delay(LONGEST_PATIENCE).with_jitter().without_max_times().into()
}

/// Whether the API server was reached, whatever it answered.
pub(super) fn server_responded(error: &watcher::Error) -> bool {
    use watcher::Error as E;
    match error {
        E::InitialListFailed(cause) | E::WatchStartFailed(cause) => {
            matches!(cause, kube::Error::Api(_))
        }
        E::WatchError(_) | E::WatchFailed(_) | E::NoResourceVersion => true,
    }
}

/// What failed, without what the server said.
pub(super) fn describe(error: &watcher::Error) -> &'static str {
    match error {
        watcher::Error::InitialListFailed(_) => "the list was refused or did not arrive",
        watcher::Error::WatchStartFailed(_) => "the watch was refused or did not start",
        watcher::Error::WatchError(_) => "the server ended the watch",
        watcher::Error::WatchFailed(_) => "the watch broke",
        watcher::Error::NoResourceVersion => "the list has no resource version",
    }
}
