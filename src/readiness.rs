//! Whether this process knows what there is, and what it waits for until then: told by the watches,
//! asked by `/readyz` and by the election.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether this process knows what there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Readiness {
    /// The first lists have not arrived yet.
    #[default]
    Syncing,
    /// Nor will they: there is no way to the API server.
    Unreachable,
    /// The first lists are here.
    Ready,
}

/// Where the watches tell it.
#[derive(Clone)]
pub struct ReadinessHandle(Arc<watch::Sender<Readiness>>);

impl ReadinessHandle {
    /// A teller, and its word.
    #[must_use]
    pub fn new() -> (Self, watch::Receiver<Readiness>) {
        let (sender, receiver) = watch::channel(Readiness::default());
        (Self(Arc::new(sender)), receiver)
    }

    /// The first lists are here.
    pub fn ready(&self) {
        self.0.send_replace(Readiness::Ready);
    }

    /// Nothing is watched any more.
    pub fn ended(&self) {
        self.0.send_replace(Readiness::Syncing);
    }

    /// A watch failed: whether the API server was reached. Who is ready stays so.
    pub fn failed(&self, reached: bool) {
        let now = if reached { Readiness::Syncing } else { Readiness::Unreachable };
        self.0.send_if_modified(|one| {
            let changes = *one != Readiness::Ready && *one != now;
            if changes {
                *one = now;
            }
            changes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_out_of_reach_is_told_until_it_answers_and_makes_nobody_unready() {
        let (teller, word) = ReadinessHandle::new();
        assert_eq!(*word.borrow(), Readiness::Syncing);
        teller.failed(false);
        assert_eq!(*word.borrow(), Readiness::Unreachable);
        teller.failed(true);
        assert_eq!(*word.borrow(), Readiness::Syncing);
        teller.ready();
        teller.failed(false);
        assert_eq!(*word.borrow(), Readiness::Ready);
        teller.ended();
        assert_eq!(*word.borrow(), Readiness::Syncing);
    }
}
