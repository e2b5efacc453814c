//! What waits to be worked on and what is worked on, as seen from outside the queue: its own insides
//! are the runtime's. Knows no clock: all times are durations since one start.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// What waits and what is worked on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    hasher: RandomState,
    waiting: HashMap<u64, Waiting>,
    running: HashMap<u64, Duration>,
    adds: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// When its turn comes.
    due: Duration,
    /// Whether it was added to the queue, or is only planned.
    added: bool,
}

/// What the queue looks like at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct QueueSnapshot {
    /// Entries whose turn has come and that nobody works on.
    pub depth: usize,
    /// Entries that are worked on.
    pub active: usize,
    /// How long the entry that is worked on longest has been.
    pub longest: Duration,
    /// How long all entries that are worked on have been, together.
    pub unfinished: Duration,
}

impl Queue {
    /// An entry is to be worked on at once.
    pub(super) fn add(&mut self, namespace: &str, name: &str, now: Duration) {
        let key = self.key(namespace, name);
        match self.waiting.entry(key) {
            Entry::Occupied(one) if one.get().added => return,
            Entry::Occupied(mut one) => {
                let due = one.get().due.min(now);
                one.insert(Waiting { due, added: true });
            }
            Entry::Vacant(one) => {
                one.insert(Waiting { due: now, added: true });
            }
        }
        self.adds += 1;
    }

    /// An entry is no more.
    pub(super) fn forget(&mut self, namespace: &str, name: &str) {
        self.waiting.remove(&self.key(namespace, name));
    }

    /// The turn of an entry has come. Returns how long it waited.
    pub(super) fn start(&mut self, namespace: &str, name: &str, now: Duration) -> Duration {
        let key = self.key(namespace, name);
        let waited = self.waiting.remove(&key);
        if waited.is_none_or(|one| !one.added) {
            self.adds += 1;
        }
        self.running.insert(key, now);
        waited.map_or(Duration::ZERO, |one| now.saturating_sub(one.due))
    }

    /// An entry was worked on, and is to be looked at again after `again`. Returns how long it took.
    pub(super) fn finish(
        &mut self,
        namespace: &str,
        name: &str,
        now: Duration,
        again: Option<Duration>,
    ) -> Duration {
        let key = self.key(namespace, name);
        if let Some(again) = again {
            let planned = Waiting { due: now.saturating_add(again), added: false };
            self.waiting.entry(key).or_insert(planned);
        }
        let began = self.running.remove(&key);
        began.map_or(Duration::ZERO, |began| now.saturating_sub(began))
    }

    /// How many entries were added since the start; one that waited already is not counted again.
    pub(super) fn adds(&self) -> u64 {
        self.adds
    }

    /// What the queue looks like.
    pub(super) fn look(&self, now: Duration) -> QueueSnapshot {
        let ages = || self.running.values().map(|began| now.saturating_sub(*began));
        QueueSnapshot {
            depth: self.waiting.values().filter(|one| one.due <= now).count(),
            active: self.running.len(),
            longest: ages().max().unwrap_or_default(),
            unfinished: ages().sum(),
        }
    }

    fn key(&self, namespace: &str, name: &str) -> u64 {
        self.hasher.hash_one((namespace, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_entry_waits_and_is_worked_on() {
        let mut queue = Queue::default();
        queue.add("a", "one", at(1));
        queue.add("a", "one", at(2));
        queue.add("a", "two", at(2));
        assert_eq!(queue.look(at(3)), QueueSnapshot { depth: 2, ..QueueSnapshot::default() });
        assert_eq!(queue.adds(), 2, "one that waits already is not added again");
        assert_eq!(queue.start("a", "one", at(4)), at(3));
        let busy = QueueSnapshot { depth: 1, active: 1, longest: at(2), unfinished: at(2) };
        assert_eq!(queue.look(at(6)), busy);
        assert_eq!(queue.finish("a", "one", at(7), None), at(3));
        assert_eq!(queue.look(at(7)), QueueSnapshot { depth: 1, ..QueueSnapshot::default() });
    }

    #[test]
    fn a_planned_entry_counts_from_its_time_on() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.finish("a", "one", at(1), Some(at(60)));
        assert_eq!(queue.look(at(60)).depth, 0);
        assert_eq!(queue.look(at(61)).depth, 1);
        assert_eq!(queue.start("a", "one", at(63)), at(2));
        assert_eq!(queue.adds(), 2);
    }

    #[test]
    fn a_change_comes_before_the_planned_time() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.finish("a", "one", at(1), Some(at(60)));
        queue.add("a", "one", at(5));
        assert_eq!(queue.look(at(5)).depth, 1);
        assert_eq!(queue.start("a", "one", at(6)), at(1));
    }

    #[test]
    fn a_change_during_the_work_is_kept() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.add("a", "one", at(1));
        queue.finish("a", "one", at(2), Some(at(60)));
        assert_eq!(queue.start("a", "one", at(3)), at(2));
    }

    #[test]
    fn what_is_gone_does_not_wait() {
        let mut queue = Queue::default();
        queue.add("a", "one", at(0));
        queue.forget("a", "one");
        assert_eq!(queue.look(at(9)), QueueSnapshot::default());
    }

    #[test]
    fn what_is_worked_on_adds_up() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.start("a", "two", at(4));
        let look = queue.look(at(10));
        assert_eq!((look.active, look.longest, look.unfinished), (2, at(10), at(16)));
    }
}
