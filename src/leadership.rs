//! Whether this replica is the leader: published by the election, checked before each effect.

use tokio::sync::watch;

use connection_core::clock::{self, MonotonicInstant};

/// The state of this replica in the election.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LeaderState {
    /// Until when this replica leads; none while it is a standby.
    pub until: Option<MonotonicInstant>,
    /// How often this replica became leader.
    pub acquisitions: u64,
    /// How often this replica became leader when another may have led in between.
    pub term: u64,
}

/// Whether this replica is the leader. The check compares with the clock and needs no task to run,
/// so it is correct even directly after the process was suspended.
#[derive(Clone, Debug)]
pub enum Leadership {
    Elected(watch::Receiver<LeaderState>),
    /// Leader election is off; the only replica is always the leader.
    Disabled,
}

impl Leadership {
    /// Returns the term in which this replica leads; none while it is a standby.
    #[must_use]
    pub fn term(&self) -> Option<u64> {
        match self {
            Self::Elected(receiver) => {
                // Copy the state: a borrow that is held blocks the election.
                let state = *receiver.borrow();
                let leads = state.until.is_some_and(|until| clock::monotonic_now() < until);
                leads.then_some(state.term)
            }
            // Without an election there is only one term.
            Self::Disabled => Some(0),
        }
    }

    #[must_use]
    pub fn leads(&self) -> bool {
        self.term().is_some()
    }

    /// Waits until this replica becomes leader after the given acquisition; returns the new
    /// acquisition. Pending forever if there is no election or it has ended.
    pub async fn wait_for_leadership(&mut self, acquisitions: u64) -> u64 {
        if let Self::Elected(receiver) = self
            && let Ok(state) = receiver.wait_for(|state| state.acquisitions != acquisitions).await
        {
            return state.acquisitions;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn leadership_ends_at_its_deadline_without_an_update() {
        let now = clock::monotonic_now();
        // The sender is dropped, so that only the deadline decides.
        let (_, receiver) =
            watch::channel(LeaderState { until: Some(now), ..LeaderState::default() });
        assert!(!Leadership::Elected(receiver).leads());
        let until = Some(now + Duration::from_mins(1));
        let (_, receiver) = watch::channel(LeaderState { until, term: 3, acquisitions: 4 });
        assert_eq!(Leadership::Elected(receiver).term(), Some(3));
        assert!(Leadership::Disabled.leads());
    }
}
