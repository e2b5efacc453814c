//! Permits for a limited number of Connections at the same time, shared fairly between namespaces.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Maximum number of permits of a namespace, as a multiple of the permits that stay free.
const MAX_SHARE_RATIO: usize = 3;

/// Namespace and name of a Connection.
pub(super) type QueueKey = (Arc<str>, Arc<str>);

/// A namespace may take a permit while it holds fewer than three times as many as would then be left.
/// A single busy namespace gets three quarters, two get three sevenths each. The rest is for
/// namespaces without a permit, which need not wait for a release; the last permit is for them only.
#[derive(Debug)]
pub(super) struct FairQueue {
    free: usize,
    /// True if a namespace must leave permits for others.
    shared: bool,
    /// Permits by namespace.
    taken: HashMap<Arc<str>, usize>,
    /// Connections that were granted a permit and have not acquired it.
    granted: HashSet<QueueKey>,
    /// Connections that wait, as a set and by namespace in order of arrival.
    waiting: HashSet<QueueKey>,
    queues: HashMap<Arc<str>, VecDeque<Arc<str>>>,
    /// The namespaces that wait, least recently served first.
    ring: VecDeque<Arc<str>>,
}

impl FairQueue {
    /// Creates a queue with `count` permits, at least one. `shared` is true if it serves more than one
    /// namespace.
    pub(super) fn new(count: u16, shared: bool) -> Self {
        Self {
            // Without a permit no Connection would ever be reconciled.
            free: usize::from(count).max(1),
            shared,
            taken: HashMap::new(),
            granted: HashSet::new(),
            waiting: HashSet::new(),
            queues: HashMap::new(),
            ring: VecDeque::new(),
        }
    }

    /// Acquires a permit. If it returns false, the Connection waits and is granted a permit later.
    pub(super) fn try_acquire(&mut self, key: QueueKey) -> bool {
        // A granted permit is counted as taken already.
        if self.granted.remove(&key) {
            return true;
        }
        // A trigger may requeue a waiting Connection, which keeps its position.
        if self.waiting.contains(&key) {
            return false;
        }
        if self.may_take(&key.0) {
            self.take(&key.0);
            return true;
        }
        self.wait(key);
        false
    }

    /// Releases a permit of a namespace. Returns the Connections that are granted one instead.
    pub(super) fn release(&mut self, namespace: &str) -> Vec<QueueKey> {
        // A release by a namespace that holds no permit must not create one.
        if let Some(taken) = self.taken.get_mut(namespace) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(namespace);
            }
            self.free += 1;
        }
        // One release may allow several grants, because the limits grow with the free permits.
        std::iter::from_fn(|| self.grant_next()).collect()
    }

    /// Cancels the permit granted to a Connection, if any. Returns the Connections that are granted one
    /// instead.
    pub(super) fn cancel(&mut self, key: &QueueKey) -> Vec<QueueKey> {
        // A waiting Connection stays: it is granted a permit later, which is then cancelled.
        if self.granted.remove(key) { self.release(&key.0) } else { Vec::new() }
    }

    fn may_take(&self, namespace: &str) -> bool {
        let Some(left) = self.free.checked_sub(1) else { return false };
        let taken = self.taken.get(namespace).copied().unwrap_or(0);
        !self.shared || taken == 0 || taken < MAX_SHARE_RATIO * left
    }

    fn take(&mut self, namespace: &Arc<str>) {
        self.free -= 1;
        *self.taken.entry(Arc::clone(namespace)).or_default() += 1;
    }

    fn wait(&mut self, (namespace, name): QueueKey) {
        let queue = self.queues.entry(Arc::clone(&namespace)).or_default();
        if queue.is_empty() {
            self.ring.push_back(Arc::clone(&namespace));
        }
        queue.push_back(Arc::clone(&name));
        self.waiting.insert((namespace, name));
    }

    /// Grants a permit to the first Connection of the first namespace that may take one.
    fn grant_next(&mut self) -> Option<QueueKey> {
        // Not always the first: a namespace with many permits is passed over, and keeps its
        // position.
        let at = self.ring.iter().position(|namespace| self.may_take(namespace))?;
        let namespace = self.ring.remove(at)?;
        let queue = self.queues.get_mut(&namespace)?;
        let name = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&namespace);
        } else {
            // At the end, so that the other namespaces are served before its next Connection.
            self.ring.push_back(Arc::clone(&namespace));
        }
        // Taken for the Connection, so that no other acquires the permit before the requeue.
        self.take(&namespace);
        let key = (namespace, name);
        self.waiting.remove(&key);
        self.granted.insert(key.clone());
        Some(key)
    }
}

#[cfg(test)]
mod tests;
