//! The workers: whoever waits for one is woken when its turn has come. Who waits costs its names, no
//! task and no memory of a worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::runtime::reflector::ObjectRef;

use crate::controller::fair_queue::{ConnectionKey, FairQueue};
use crate::controller::secrets::Waker;

/// Hands out turns and wakes those who are given one.
pub(super) struct WorkerPool {
    turns: Mutex<FairQueue>,
    waker: Waker,
}

/// A Connection's turn; it ends when this is dropped.
pub(super) struct WorkerPermit {
    workers: Arc<WorkerPool>,
    namespace: Arc<str>,
}

impl WorkerPool {
    /// Hands out these turns.
    pub(super) fn new(turns: FairQueue, waker: Waker) -> Arc<Self> {
        Arc::new(Self { turns: Mutex::new(turns), waker })
    }

    /// A turn, where there is one now. Else the Connection is woken when it has one, and must ask
    /// again.
    pub(super) fn try_acquire(
        self: &Arc<Self>,
        namespace: &str,
        name: &str,
    ) -> Option<WorkerPermit> {
        let place = place(namespace, name);
        let namespace = Arc::clone(&place.0);
        self.turns()
            .try_acquire(place)
            .then(|| WorkerPermit { workers: Arc::clone(self), namespace })
    }

    /// A Connection is gone, or there is nothing to be done for it: others may have the turn that it
    /// was given.
    pub(super) fn cancel(&self, namespace: &str, name: &str) {
        let given = self.turns().cancel(&place(namespace, name));
        self.wake(given);
    }

    fn wake(&self, given: Vec<ConnectionKey>) {
        for (namespace, name) in given {
            // Nobody listens any more when the operator is stopping.
            let _ = self.waker.unbounded_send(ObjectRef::new(&name).within(&namespace));
        }
    }

    fn turns(&self) -> MutexGuard<'_, FairQueue> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WorkerPermit {
    fn drop(&mut self) {
        let given = self.workers.turns().end(&self.namespace);
        self.workers.wake(given);
    }
}

fn place(namespace: &str, name: &str) -> ConnectionKey {
    (namespace.into(), name.into())
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc::unbounded;

    use super::*;

    #[test]
    fn who_waits_is_woken_when_a_turn_is_dropped_or_declined() {
        let (waker, mut woken) = unbounded();
        let workers = WorkerPool::new(FairQueue::new(1, true), waker);
        let first = workers.try_acquire("a", "first");
        assert!(first.is_some());
        for name in ["second", "third"] {
            assert!(workers.try_acquire("b", name).is_none());
        }
        assert!(woken.try_recv().is_err(), "nobody is woken before");
        drop(first);
        assert_eq!(woken.try_recv().unwrap(), ObjectRef::new("second").within("b"));
        workers.cancel("b", "second");
        assert_eq!(woken.try_recv().unwrap(), ObjectRef::new("third").within("b"));
        assert!(workers.try_acquire("b", "third").is_some());
    }
}
