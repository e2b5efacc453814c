//! The work queue, as client-go counts it
//! (<https://book.kubebuilder.io/reference/metrics-reference>).

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::queue::{Queue, QueueSnapshot};
use super::{DURATIONS, label};

/// The work queue.
pub(super) struct WorkQueue {
    adds: Counter,
    depth: Gauge,
    active: Gauge,
    waited: Histogram,
    worked: Histogram,
    unfinished: Gauge<f64, AtomicU64>,
    longest: Gauge<f64, AtomicU64>,
}

impl WorkQueue {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (adds, depth, active) = (Counter::default(), Gauge::default(), Gauge::default());
        let (waited, worked) = (Histogram::new(DURATIONS), Histogram::new(DURATIONS));
        let (unfinished, longest) = (Gauge::default(), Gauge::default());
        registry.register("active_workers", "Connections that are worked on", active.clone());
        let registry = registry.sub_registry_with_label(label("name"));
        registry.register(
            "workqueue_adds",
            "Connections whose turn to be looked at came",
            adds.clone(),
        );
        registry.register("workqueue_depth", "Connections that wait for a worker", depth.clone());
        let mut seconds = |name, help, metric: &Histogram| {
            registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
        };
        seconds("workqueue_queue_duration", "How long a Connection waited for a worker", &waited);
        seconds("workqueue_work_duration", "How long a worker was busy with a Connection", &worked);
        let mut seconds = |name, help, metric: &Gauge<f64, AtomicU64>| {
            registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
        };
        seconds(
            "workqueue_unfinished_work",
            "How long all that are worked on have been, together",
            &unfinished,
        );
        seconds(
            "workqueue_longest_running_processor",
            "How long the one that is worked on longest has been",
            &longest,
        );
        Self { adds, depth, active, waited, worked, unfinished, longest }
    }

    pub(super) fn waited(&self, duration: Duration) {
        self.waited.observe(duration.as_secs_f64());
    }

    pub(super) fn worked(&self, duration: Duration) {
        self.worked.observe(duration.as_secs_f64());
    }

    /// Takes over what the queue looks like now.
    pub(super) fn show(&self, queue: &Queue, now: Duration) {
        let QueueSnapshot { depth, active, longest, unfinished } = queue.look(now);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.adds.inc_by(queue.adds().saturating_sub(self.adds.get()));
        self.depth.set(count(depth));
        self.active.set(count(active));
        self.longest.set(longest.as_secs_f64());
        self.unfinished.set(unfinished.as_secs_f64());
    }
}
