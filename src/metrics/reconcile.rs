//! Metrics of reconciliations, as in controller-runtime
//! (<https://book.kubebuilder.io/reference/metrics-reference>).

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{ReconcileResult, ReconcileResultLabel, StaticLabel};
use super::{DURATIONS, Metrics};

pub(super) struct Reconcile {
    total: Family<ReconcileResultLabel, Counter>,
    errors: Counter,
    panics: Counter,
    time: Histogram,
    pub(super) max_concurrent: Gauge,
}

impl Reconcile {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (total, errors, panics) = (Family::default(), Counter::default(), Counter::default());
        let (time, max_concurrent) = (Histogram::new(DURATIONS), Gauge::default());
        registry.register(
            "reconcile",
            "Total number of reconciliations by result",
            Family::clone(&total),
        );
        registry.register(
            "reconcile_errors",
            "Total number of reconciliation errors",
            errors.clone(),
        );
        registry.register(
            "reconcile_panics",
            "Total number of reconciliation panics",
            panics.clone(),
        );
        let help = "Duration of reconciliations in seconds";
        registry.register_with_unit("reconcile_time", help, Unit::Seconds, time.clone());
        registry.register(
            "max_concurrent_reconciles",
            "Maximum number of concurrent reconciliations",
            max_concurrent.clone(),
        );
        Self { total, errors, panics, time, max_concurrent }
    }

    pub(super) fn observe(&self, result: ReconcileResult, duration: Duration) {
        self.total
            .get_or_create(&ReconcileResultLabel { result: StaticLabel(result.as_str()) })
            .inc();
        // controller-runtime has this counter in addition to the label of the total.
        if result == ReconcileResult::Error {
            self.errors.inc();
        }
        self.time.observe(duration.as_secs_f64());
    }
}

impl Metrics {
    pub fn reconcile_panicked(&self) {
        self.reconcile.panics.inc();
    }
}
