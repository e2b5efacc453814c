//! Reconciliations, as controller-runtime counts them
//! (<https://book.kubebuilder.io/reference/metrics-reference>).

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{ReconcileResult, ResultLabel, StaticLabel};
use super::{DURATIONS, Metrics};

/// Reconciliations.
pub(super) struct Reconcile {
    total: Family<ResultLabel, Counter>,
    errors: Counter,
    panics: Counter,
    time: Histogram,
    /// Workers that there may be.
    pub(super) most: Gauge,
}

impl Reconcile {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (total, errors, panics) = (Family::default(), Counter::default(), Counter::default());
        let (time, most) = (Histogram::new(DURATIONS), Gauge::default());
        registry.register("reconcile", "Reconciliations by result", Family::clone(&total));
        registry.register(
            "reconcile_errors",
            "Reconciliations that did not come to rest or could not write the status",
            errors.clone(),
        );
        registry.register("reconcile_panics", "Reconciliations that panicked", panics.clone());
        let help = "How long a reconciliation took";
        registry.register_with_unit("reconcile_time", help, Unit::Seconds, time.clone());
        registry.register(
            "max_concurrent_reconciles",
            "Connections that may be worked on at the same time",
            most.clone(),
        );
        Self { total, errors, panics, time, most }
    }

    pub(super) fn ended(&self, result: ReconcileResult, took: Duration) {
        self.total.get_or_create(&ResultLabel { result: StaticLabel(result.as_str()) }).inc();
        if result == ReconcileResult::Error {
            self.errors.inc();
        }
        self.time.observe(took.as_secs_f64());
    }
}

impl Metrics {
    /// A reconciliation panicked.
    pub fn panicked(&self) {
        self.reconcile.panics.inc();
    }
}
