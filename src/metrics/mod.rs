//! What is counted, named as controller-runtime and cert-manager name it. Labels are words of closed
//! lists, beside namespace and name of a Connection. Knows the words of the floors below, and no
//! Kubernetes.

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
use consent::Consent;
use labels::{BuildInfo, StaticLabel};
use queue::Queue;
use reconcile::Reconcile;
use requests::Requests;
use work_queue::WorkQueue;

/// Upper bounds of durations, seconds. A token request ends within ten seconds; what takes longer
/// waits for the API server.
const DURATIONS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What controller-runtime would call the controller, and its queue.
const CONTROLLER: &str = "connection";

/// What is counted.
pub struct Metrics {
    registry: Registry,
    began: Stopwatch,
    leader: Gauge,
    consent: Consent,
    requests: Requests,
    reconcile: Reconcile,
    queue: Mutex<Queue>,
    work_queue: WorkQueue,
}

/// A label that says which controller a metric is of.
fn label(name: &'static str) -> (Cow<'static, str>, Cow<'static, str>) {
    (name.into(), CONTROLLER.into())
}

impl Metrics {
    /// Starts to count; `connections` tells of each Connection when it is asked.
    #[must_use]
    pub fn new(connections: impl Collector + 'static) -> Self {
        let mut registry = Registry::with_prefix("connection_operator");
        let build = BuildInfo { version: StaticLabel(env!("CARGO_PKG_VERSION")) };
        registry.register("build", "Which operator this is", Info::new(build));
        let leader = Gauge::default();
        registry.register(
            "leader_election_master_status",
            "Whether this operator is the one that works, 0 or 1",
            leader.clone(),
        );
        let consent = Consent::register(&mut registry);
        let requests = Requests::register(&mut registry);
        let of_controller = registry.sub_registry_with_label(label("controller"));
        let reconcile = Reconcile::register(of_controller);
        let work_queue = WorkQueue::register(of_controller);
        registry.register_collector(Box::new(connections));
        let (began, queue) = (Stopwatch::start(), Mutex::default());
        Self { registry, began, leader, consent, requests, reconcile, queue, work_queue }
    }

    /// Whether this operator is the one that works.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// How many Connections may be worked on at the same time.
    pub fn concurrency(&self, count: u16) {
        self.reconcile.most.set(count.into());
    }

    /// A Connection is to be looked at.
    pub fn queued(&self, namespace: &str, name: &str) {
        self.queue().add(namespace, name, self.began.elapsed());
    }

    /// A Connection that was to be looked at is gone.
    pub fn gone(&self, namespace: &str, name: &str) {
        self.queue().forget(namespace, name);
    }

    /// A worker begins with a Connection.
    pub fn reconciling(&self, namespace: &str, name: &str) {
        let waited = self.queue().start(namespace, name, self.began.elapsed());
        self.work_queue.waited(waited);
    }

    /// A worker is done with a Connection; `again` is the time until it is looked at again.
    pub fn reconciled(
        &self,
        (namespace, name): (&str, &str),
        result: ReconcileResult,
        again: Option<Duration>,
    ) {
        let took = self.queue().finish(namespace, name, self.began.elapsed(), again);
        self.work_queue.worked(took);
        self.reconcile.ended(result, took);
    }

    /// All of it, in the format that is asked for.
    ///
    /// # Errors
    ///
    /// Never in practice: writing to a string does not fail.
    pub fn text(&self, exposition: Exposition) -> Result<String, fmt::Error> {
        self.work_queue.show(&self.queue(), self.began.elapsed());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(exposition.of_open_metrics(text))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
