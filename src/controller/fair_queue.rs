//! Whose turn it is: so many Connections at the same time, and the namespaces one after the other.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// How many times as much as is left for others a namespace may hold.
const TIMES_WHAT_IS_LEFT: usize = 3;

/// A Connection, by its namespace and its name.
pub(super) type ConnectionKey = (Arc<str>, Arc<str>);

/// Turns to be worked on.
///
/// A namespace takes another turn while it holds fewer than three times as many as would be left for
/// others. So one that wants all gets three quarters, two come to three sevenths each, and what is left
/// is for whoever holds none: it need not wait for the end of others' turns. The last one is for such a
/// namespace alone.
#[derive(Debug)]
pub(super) struct FairQueue {
    free: usize,
    /// Whether a namespace must leave turns for others.
    shared: bool,
    /// Turns that each namespace has taken.
    taken: HashMap<Arc<str>, usize>,
    /// Connections that were given a turn and have not begun it.
    given: HashSet<ConnectionKey>,
    /// Connections that wait, and the same by namespace in the order in which they came.
    waiting: HashSet<ConnectionKey>,
    lines: HashMap<Arc<str>, VecDeque<Arc<str>>>,
    /// The namespaces that wait: first the one that was served longest ago.
    ring: VecDeque<Arc<str>>,
}

impl FairQueue {
    /// So many turns, at least one. They are `shared` where more than one namespace is worked for.
    pub(super) fn new(count: u16, shared: bool) -> Self {
        Self {
            free: usize::from(count).max(1),
            shared,
            taken: HashMap::new(),
            given: HashSet::new(),
            waiting: HashSet::new(),
            lines: HashMap::new(),
            ring: VecDeque::new(),
        }
    }

    /// Whether a Connection may begin now. If not, it is given a turn later; it need not ask again
    /// until then.
    pub(super) fn try_acquire(&mut self, place: ConnectionKey) -> bool {
        if self.given.remove(&place) {
            return true;
        }
        if self.waiting.contains(&place) {
            return false;
        }
        if self.may_take(&place.0) {
            self.take(&place.0);
            return true;
        }
        self.wait(place);
        false
    }

    /// A turn of a namespace ends. Returns whom turns are given to by that.
    pub(super) fn end(&mut self, namespace: &str) -> Vec<ConnectionKey> {
        if let Some(taken) = self.taken.get_mut(namespace) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(namespace);
            }
            self.free += 1;
        }
        std::iter::from_fn(|| self.grant_next()).collect()
    }

    /// A Connection does not want the turn that it was given, if it was. Returns whom turns are given
    /// to by that.
    pub(super) fn cancel(&mut self, place: &ConnectionKey) -> Vec<ConnectionKey> {
        if self.given.remove(place) { self.end(&place.0) } else { Vec::new() }
    }

    fn may_take(&self, namespace: &str) -> bool {
        let Some(left) = self.free.checked_sub(1) else { return false };
        let taken = self.taken.get(namespace).copied().unwrap_or(0);
        !self.shared || taken == 0 || taken < TIMES_WHAT_IS_LEFT * left
    }

    fn take(&mut self, namespace: &Arc<str>) {
        self.free -= 1;
        *self.taken.entry(Arc::clone(namespace)).or_default() += 1;
    }

    fn wait(&mut self, (namespace, name): ConnectionKey) {
        let line = self.lines.entry(Arc::clone(&namespace)).or_default();
        if line.is_empty() {
            self.ring.push_back(Arc::clone(&namespace));
        }
        line.push_back(Arc::clone(&name));
        self.waiting.insert((namespace, name));
    }

    /// Gives a turn to the first of the first namespace that may take one.
    fn grant_next(&mut self) -> Option<ConnectionKey> {
        let at = self.ring.iter().position(|one| self.may_take(one))?;
        let namespace = self.ring.remove(at)?;
        let line = self.lines.get_mut(&namespace)?;
        let name = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&namespace);
        } else {
            self.ring.push_back(Arc::clone(&namespace));
        }
        self.take(&namespace);
        let place = (namespace, name);
        self.waiting.remove(&place);
        self.given.insert(place.clone());
        Some(place)
    }
}

#[cfg(test)]
mod tests;
