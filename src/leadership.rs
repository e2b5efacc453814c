//! Whether this process may act now: the word of the one who knows, asked by those who act.

use tokio::sync::watch;

use connection_core::clock::{self, MonotonicInstant};

/// Where this process stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LeaderState {
    /// It leads until then, and not a moment longer unless it is told so.
    pub until: Option<MonotonicInstant>,
    /// Counts how often it began to lead.
    pub spell: u64,
    /// Counts how often it began to lead where another may have led in between.
    pub term: u64,
}

/// Whether this process leads. It is asked before each effect; the answer needs no task to run, so it
/// is right at once also after the process was frozen.
#[derive(Clone, Debug)]
pub enum Leadership {
    /// There is an election.
    Elected(watch::Receiver<LeaderState>),
    /// There is no other.
    Disabled,
}

impl Leadership {
    /// The term in which this process leads; none while it does not.
    #[must_use]
    pub fn term(&self) -> Option<u64> {
        match self {
            Self::Elected(standing) => {
                let standing = *standing.borrow();
                let leads = standing.until.is_some_and(|until| clock::monotonic_now() < until);
                leads.then_some(standing.term)
            }
            Self::Disabled => Some(0),
        }
    }

    /// Whether this process leads.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.term().is_some()
    }

    /// Waits until this process begins to lead after `spell`; returns the new spell. Never, where
    /// there is no election or it has ended.
    pub async fn wait_for_leadership(&mut self, spell: u64) -> u64 {
        if let Self::Elected(standing) = self
            && let Ok(begun) = standing.wait_for(|one| one.spell != spell).await
        {
            return begun.spell;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_ends_by_itself_and_nobody_has_to_say_so() {
        let now = clock::monotonic_now();
        let (_, receiver) =
            watch::channel(LeaderState { until: Some(now), ..LeaderState::default() });
        assert!(!Leadership::Elected(receiver).leads());
        let until = Some(now + Duration::from_mins(1));
        let (_, receiver) = watch::channel(LeaderState { until, term: 3, spell: 4 });
        assert_eq!(Leadership::Elected(receiver).term(), Some(3));
        assert!(Leadership::Disabled.leads());
    }
}
