//! Metrics of the work queue, as in client-go
//! (<https://book.kubebuilder.io/reference/metrics-reference>).

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::queue::{Queue, QueueSnapshot};
use super::{DURATIONS, controller_label};

pub(super) struct WorkQueue {
    adds: Counter,
    depth: Gauge,
    active: Gauge,
    queue_duration: Histogram,
    work_duration: Histogram,
    unfinished: Gauge<f64, AtomicU64>,
    longest: Gauge<f64, AtomicU64>,
}

impl WorkQueue {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (adds, depth, active) = (Counter::default(), Gauge::default(), Gauge::default());
        let (queue_duration, work_duration) =
            (Histogram::new(DURATIONS), Histogram::new(DURATIONS));
        let (unfinished, longest) = (Gauge::default(), Gauge::default());
        registry.register(
            "active_workers",
            "Number of Connections that are being reconciled",
            active.clone(),
        );
        let registry = registry.sub_registry_with_label(controller_label("name"));
        registry.register(
            "workqueue_adds",
            "Total number of Connections added to the work queue",
            adds.clone(),
        );
        registry.register(
            "workqueue_depth",
            "Number of Connections in the work queue",
            depth.clone(),
        );
        let mut seconds = |name, help, metric: &Histogram| {
            registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
        };
        seconds(
            "workqueue_queue_duration",
            "Time that Connections wait in the work queue in seconds",
            &queue_duration,
        );
        seconds(
            "workqueue_work_duration",
            "Time that workers spend on Connections in seconds",
            &work_duration,
        );
        let mut seconds = |name, help, metric: &Gauge<f64, AtomicU64>| {
            registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
        };
        seconds(
            "workqueue_unfinished_work",
            "Total duration of unfinished reconciliations in seconds",
            &unfinished,
        );
        seconds(
            "workqueue_longest_running_processor",
            "Duration of the longest-running reconciliation in seconds",
            &longest,
        );
        Self { adds, depth, active, queue_duration, work_duration, unfinished, longest }
    }

    pub(super) fn observe_wait(&self, duration: Duration) {
        self.queue_duration.observe(duration.as_secs_f64());
    }

    pub(super) fn observe_work(&self, duration: Duration) {
        self.work_duration.observe(duration.as_secs_f64());
    }

    /// Copies the state of the queue to the gauges.
    pub(super) fn update(&self, queue: &Queue, now: Duration) {
        let QueueSnapshot { depth, active, longest, unfinished } = queue.snapshot(now);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        // A counter can only be incremented, so add the difference.
        self.adds.inc_by(queue.adds().saturating_sub(self.adds.get()));
        self.depth.set(count(depth));
        self.active.set(count(active));
        self.longest.set(longest.as_secs_f64());
        self.unfinished.set(unfinished.as_secs_f64());
    }
}
