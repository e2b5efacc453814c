//! Metrics, named as in controller-runtime and cert-manager. Label values are closed lists, except
//! for the namespace and name of a Connection. Uses no Kubernetes client.

mod consent;
mod exposition;
mod labels;
mod queue;
mod reconcile;
mod requests;
mod work_queue;

pub use exposition::Exposition;
pub use labels::ReconcileResult;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use connection_core::clock::Stopwatch;
use consent::ConsentPageMetrics;
use labels::{BuildInfo, StaticLabel};
use queue::Queue;
use reconcile::Reconcile;
use requests::Requests;
use work_queue::WorkQueue;

/// Upper bounds of the buckets of durations, seconds. A token request ends within 10 seconds; longer
/// durations include waits for the API server.
const DURATIONS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The name of the controller and its work queue.
const CONTROLLER: &str = "connection";

/// The operator's metrics.
pub struct Metrics {
    registry: Registry,
    since_start: Stopwatch,
    leader: Gauge,
    consent_page: ConsentPageMetrics,
    requests: Requests,
    reconcile: Reconcile,
    queue: Mutex<Queue>,
    work_queue: WorkQueue,
}

/// Returns a label whose value is the controller's name.
fn controller_label(name: &'static str) -> (Cow<'static, str>, Cow<'static, str>) {
    (name.into(), CONTROLLER.into())
}

impl Metrics {
    /// Creates the metrics; `connections` collects the metrics of each Connection.
    #[must_use]
    pub fn new(connections: impl Collector + 'static) -> Self {
        let mut registry = Registry::with_prefix("connection_operator");
        let build = BuildInfo { version: StaticLabel(env!("CARGO_PKG_VERSION")) };
        registry.register("build", "Build information about the operator", Info::new(build));
        let leader = Gauge::default();
        registry.register(
            "leader_election_master_status",
            "1 if this replica is the leader, else 0",
            leader.clone(),
        );
        let consent_page = ConsentPageMetrics::register(&mut registry);
        let requests = Requests::register(&mut registry);
        let controller_registry = registry.sub_registry_with_label(controller_label("controller"));
        let reconcile = Reconcile::register(controller_registry);
        let work_queue = WorkQueue::register(controller_registry);
        registry.register_collector(Box::new(connections));
        let (since_start, queue) = (Stopwatch::start(), Mutex::default());
        Self { registry, since_start, leader, consent_page, requests, reconcile, queue, work_queue }
    }

    pub fn set_leader(&self, is_leader: bool) {
        self.leader.set(i64::from(is_leader));
    }

    pub fn set_max_concurrent_reconciles(&self, count: u16) {
        self.reconcile.max_concurrent.set(count.into());
    }

    /// Records that a Connection was added to the work queue.
    pub fn connection_queued(&self, namespace: &str, name: &str) {
        self.queue().add(namespace, name, self.since_start.elapsed());
    }

    /// Records that a Connection left the work queue without a reconciliation.
    pub fn connection_dequeued(&self, namespace: &str, name: &str) {
        self.queue().remove(namespace, name);
    }

    /// Records the start of a reconciliation.
    pub fn reconcile_started(&self, namespace: &str, name: &str) {
        let waited = self.queue().start(namespace, name, self.since_start.elapsed());
        self.work_queue.observe_wait(waited);
    }

    /// Records the end of a reconciliation; `requeue_after` is the time until the next.
    pub fn reconcile_finished(
        &self,
        (namespace, name): (&str, &str),
        result: ReconcileResult,
        requeue_after: Option<Duration>,
    ) {
        let duration =
            self.queue().finish(namespace, name, self.since_start.elapsed(), requeue_after);
        self.work_queue.observe_work(duration);
        self.reconcile.observe(result, duration);
    }

    /// Encodes all metrics.
    ///
    /// # Errors
    ///
    /// Never in practice: writing to a string does not fail.
    pub fn text(&self, exposition: Exposition) -> Result<String, fmt::Error> {
        // These gauges depend on the time, so each scrape computes them.
        self.work_queue.update(&self.queue(), self.since_start.elapsed());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(exposition.convert(text))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic under the lock can only make metrics inexact, so it must not stop
        // reconciliations.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
