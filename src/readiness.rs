//! Whether the caches have synced: set by the watches, read by `/readyz` and by the election.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether the caches have synced.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Readiness {
    /// The initial lists have not arrived.
    #[default]
    Syncing,
    /// The initial lists have not arrived, and the API server cannot be reached.
    Unreachable,
    /// The initial lists have arrived.
    Ready,
}

/// Sets the readiness.
#[derive(Clone)]
pub struct ReadinessHandle(Arc<watch::Sender<Readiness>>);

impl ReadinessHandle {
    /// Creates a handle and the receiver that observes it.
    #[must_use]
    pub fn new() -> (Self, watch::Receiver<Readiness>) {
        let (sender, receiver) = watch::channel(Readiness::default());
        (Self(Arc::new(sender)), receiver)
    }

    /// Records that the initial lists have arrived.
    pub fn set_ready(&self) {
        // Unlike `send`, this also stores the value if there is no receiver.
        self.0.send_replace(Readiness::Ready);
    }

    /// Records that the watches have ended.
    pub fn reset(&self) {
        self.0.send_replace(Readiness::Syncing);
    }

    /// Records a failed watch and whether the API server responded. A synced cache stays ready.
    pub fn watch_failed(&self, server_responded: bool) {
        let new = if server_responded { Readiness::Syncing } else { Readiness::Unreachable };
        self.0.send_if_modified(|readiness| {
            // A synced cache keeps its objects during an outage.
            let changes = *readiness != Readiness::Ready && *readiness != new;
            if changes {
                *readiness = new;
            }
            changes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_server_is_reported_until_it_responds_and_a_synced_cache_stays_ready() {
        let (handle, receiver) = ReadinessHandle::new();
        assert_eq!(*receiver.borrow(), Readiness::Syncing);
        handle.watch_failed(false);
        assert_eq!(*receiver.borrow(), Readiness::Unreachable);
        handle.watch_failed(true);
        assert_eq!(*receiver.borrow(), Readiness::Syncing);
        handle.set_ready();
        handle.watch_failed(false);
        assert_eq!(*receiver.borrow(), Readiness::Ready);
        handle.reset();
        assert_eq!(*receiver.borrow(), Readiness::Syncing);
    }
}
