//! The worker pool: a Connection that waits for a permit is requeued when it is granted. A waiting
//! Connection costs its key, no task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::runtime::reflector::ObjectRef;

use crate::controller::fair_queue::{FairQueue, QueueKey};
use crate::controller::secrets::Waker;

/// Grants permits, and requeues the Connections that wait for them.
pub(super) struct WorkerPool {
    queue: Mutex<FairQueue>,
    waker: Waker,
}

/// The permit to reconcile a Connection, released when it is dropped.
pub(super) struct WorkerPermit {
    pool: Arc<WorkerPool>,
    namespace: Arc<str>,
}

impl WorkerPool {
    pub(super) fn new(queue: FairQueue, waker: Waker) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::new(queue), waker })
    }

    /// Returns a permit, if one is free. Otherwise the Connection is requeued when a permit is granted,
    /// and must acquire it then.
    pub(super) fn try_acquire(
        self: &Arc<Self>,
        namespace: &str,
        name: &str,
    ) -> Option<WorkerPermit> {
        let key = key(namespace, name);
        let namespace = Arc::clone(&key.0);
        let acquired = self.queue().try_acquire(key);
        acquired.then(|| WorkerPermit { pool: Arc::clone(self), namespace })
    }

    /// Releases the permit that was granted to a Connection, if any: the Connection was deleted, or
    /// needs no reconciliation.
    pub(super) fn cancel(&self, namespace: &str, name: &str) {
        let granted = self.queue().cancel(&key(namespace, name));
        self.requeue(granted);
    }

    fn requeue(&self, granted: Vec<QueueKey>) {
        for (namespace, name) in granted {
            // Fails only when the operator is stopping.
            let _ = self.waker.unbounded_send(ObjectRef::new(&name).within(&namespace));
        }
    }

    fn queue(&self) -> MutexGuard<'_, FairQueue> {
        // A poisoned lock is used, because a panic of one reconciliation must not stop all others.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WorkerPermit {
    fn drop(&mut self) {
        let granted = self.pool.queue().release(&self.namespace);
        self.pool.requeue(granted);
    }
}

fn key(namespace: &str, name: &str) -> QueueKey {
    (namespace.into(), name.into())
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc::unbounded;

    use super::*;

    #[test]
    fn a_waiting_connection_is_requeued_when_a_permit_is_dropped_or_cancelled() {
        let (waker, mut requeued) = unbounded();
        let pool = WorkerPool::new(FairQueue::new(1, true), waker);
        let first = pool.try_acquire("a", "first");
        assert!(first.is_some());
        for name in ["second", "third"] {
            assert!(pool.try_acquire("b", name).is_none());
        }
        assert!(requeued.try_recv().is_err(), "nothing is requeued before");
        drop(first);
        assert_eq!(requeued.try_recv().unwrap(), ObjectRef::new("second").within("b"));
        pool.cancel("b", "second");
        assert_eq!(requeued.try_recv().unwrap(), ObjectRef::new("third").within("b"));
        assert!(pool.try_acquire("b", "third").is_some());
    }
}
