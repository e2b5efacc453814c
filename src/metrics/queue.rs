//! A model of the work queue for the metrics, since kube-runtime does not expose its queue. Does not
//! read the clock: all times are durations since the start.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The queued and running reconciliations.
#[derive(Debug, Default)]
pub(super) struct Queue {
    hasher: RandomState,
    waiting: HashMap<u64, Waiting>,
    running: HashMap<u64, Duration>,
    adds: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// The earliest start.
    due: Duration,
    /// True if the entry was added, false if it is only scheduled.
    added: bool,
}

/// The state of the queue at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct QueueSnapshot {
    /// Number of entries that are due and not running.
    pub depth: usize,
    /// Number of running entries.
    pub active: usize,
    /// Duration of the longest-running entry.
    pub longest: Duration,
    /// Sum of the durations of all running entries.
    pub unfinished: Duration,
}

impl Queue {
    /// Adds an entry that is due now.
    pub(super) fn add(&mut self, namespace: &str, name: &str, now: Duration) {
        let key = self.key(namespace, name);
        match self.waiting.entry(key) {
            // As in client-go, an entry that already waits is not added again.
            Entry::Occupied(entry) if entry.get().added => return,
            Entry::Occupied(mut entry) => {
                // kube's scheduler keeps the earlier of two times of an entry.
                let due = entry.get().due.min(now);
                entry.insert(Waiting { due, added: true });
            }
            Entry::Vacant(entry) => {
                entry.insert(Waiting { due: now, added: true });
            }
        }
        self.adds += 1;
    }

    /// Removes a deleted entry.
    pub(super) fn remove(&mut self, namespace: &str, name: &str) {
        self.waiting.remove(&self.key(namespace, name));
    }

    /// Starts an entry. Returns how long it waited after it was due.
    pub(super) fn start(&mut self, namespace: &str, name: &str, now: Duration) -> Duration {
        let key = self.key(namespace, name);
        let waiting = self.waiting.remove(&key);
        // As in client-go, a scheduled entry counts as added only when it is due.
        if waiting.is_none_or(|entry| !entry.added) {
            self.adds += 1;
        }
        self.running.insert(key, now);
        waiting.map_or(Duration::ZERO, |entry| now.saturating_sub(entry.due))
    }

    /// Finishes an entry and schedules it again after `requeue_after`. Returns how long it ran.
    pub(super) fn finish(
        &mut self,
        namespace: &str,
        name: &str,
        now: Duration,
        requeue_after: Option<Duration>,
    ) -> Duration {
        let key = self.key(namespace, name);
        if let Some(delay) = requeue_after {
            let scheduled = Waiting { due: now.saturating_add(delay), added: false };
            // An entry that was added during the run is due earlier than this one.
            self.waiting.entry(key).or_insert(scheduled);
        }
        let started = self.running.remove(&key);
        started.map_or(Duration::ZERO, |started| now.saturating_sub(started))
    }

    /// Returns the number of added entries since the start. Adding a waiting entry again is not
    /// counted.
    pub(super) fn adds(&self) -> u64 {
        self.adds
    }

    pub(super) fn snapshot(&self, now: Duration) -> QueueSnapshot {
        let ages = || self.running.values().map(|started| now.saturating_sub(*started));
        QueueSnapshot {
            depth: self.waiting.values().filter(|entry| entry.due <= now).count(),
            active: self.running.len(),
            longest: ages().max().unwrap_or_default(),
            unfinished: ages().sum(),
        }
    }

    fn key(&self, namespace: &str, name: &str) -> u64 {
        // A hash needs less memory than two names; a collision only makes metrics inexact.
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
    fn an_entry_waits_and_runs() {
        let mut queue = Queue::default();
        queue.add("a", "one", at(1));
        queue.add("a", "one", at(2));
        queue.add("a", "two", at(2));
        assert_eq!(queue.snapshot(at(3)), QueueSnapshot { depth: 2, ..QueueSnapshot::default() });
        assert_eq!(queue.adds(), 2, "a waiting entry is not added again");
        assert_eq!(queue.start("a", "one", at(4)), at(3));
        let busy = QueueSnapshot { depth: 1, active: 1, longest: at(2), unfinished: at(2) };
        assert_eq!(queue.snapshot(at(6)), busy);
        assert_eq!(queue.finish("a", "one", at(7), None), at(3));
        assert_eq!(queue.snapshot(at(7)), QueueSnapshot { depth: 1, ..QueueSnapshot::default() });
    }

    #[test]
    fn a_scheduled_entry_is_counted_when_it_is_due() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.finish("a", "one", at(1), Some(at(60)));
        assert_eq!(queue.snapshot(at(60)).depth, 0);
        assert_eq!(queue.snapshot(at(61)).depth, 1);
        assert_eq!(queue.start("a", "one", at(63)), at(2));
        assert_eq!(queue.adds(), 2);
    }

    #[test]
    fn a_change_starts_a_scheduled_entry_earlier() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.finish("a", "one", at(1), Some(at(60)));
        queue.add("a", "one", at(5));
        assert_eq!(queue.snapshot(at(5)).depth, 1);
        assert_eq!(queue.start("a", "one", at(6)), at(1));
    }

    #[test]
    fn a_change_during_a_run_is_kept() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.add("a", "one", at(1));
        queue.finish("a", "one", at(2), Some(at(60)));
        assert_eq!(queue.start("a", "one", at(3)), at(2));
    }

    #[test]
    fn a_deleted_entry_does_not_wait() {
        let mut queue = Queue::default();
        queue.add("a", "one", at(0));
        queue.remove("a", "one");
        assert_eq!(queue.snapshot(at(9)), QueueSnapshot::default());
    }

    #[test]
    fn the_durations_of_running_entries_are_summed() {
        let mut queue = Queue::default();
        queue.start("a", "one", at(0));
        queue.start("a", "two", at(4));
        let snapshot = queue.snapshot(at(10));
        assert_eq!((snapshot.active, snapshot.longest, snapshot.unfinished), (2, at(10), at(16)));
    }
}
