//! What is counted. Labels are words of closed lists, never names from outside.

use std::fmt::{self, Write};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::connection::reason::Reason;

/// Upper bounds of durations, seconds.
const DURATIONS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted.
pub struct Metrics {
    registry: Registry,
    leader: Gauge,
    token_requests: Family<OutcomeLabel, Counter>,
    token_request_duration: Histogram,
    reconciliations: Counter,
    reconcile_duration: Histogram,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OutcomeLabel {
    outcome: Outcome,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Outcome(Reason);

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        encoder.write_str(self.0.as_str())
    }
}

impl Metrics {
    /// Starts to count; `connections` tells of each Connection when it is asked.
    #[must_use]
    pub fn new(connections: impl Collector + 'static) -> Self {
        let mut registry = Registry::with_prefix("connection_operator");
        let leader = Gauge::default();
        registry.register(
            "leader",
            "Whether this process is the one that works, 0 or 1",
            leader.clone(),
        );
        let token_requests = Family::default();
        let durations = || Histogram::new(DURATIONS);
        let (token_request_duration, reconcile_duration) = (durations(), durations());
        let reconciliations = Counter::default();
        registry.register(
            "token_requests",
            "Token requests by outcome, a reason or TokenIssued",
            token_requests.clone(),
        );
        registry.register_with_unit(
            "token_request_duration",
            "How long a token request took",
            Unit::Seconds,
            token_request_duration.clone(),
        );
        registry.register("reconciliations", "Reconciliations", reconciliations.clone());
        registry.register_with_unit(
            "reconcile_duration",
            "How long a reconciliation took",
            Unit::Seconds,
            reconcile_duration.clone(),
        );
        registry.register_collector(Box::new(connections));
        Self {
            registry,
            leader,
            token_requests,
            token_request_duration,
            reconciliations,
            reconcile_duration,
        }
    }

    /// Whether this process is the one that works.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// A token was requested.
    pub fn requested(&self, outcome: Reason, duration: Duration) {
        self.token_requests.get_or_create(&OutcomeLabel { outcome: Outcome(outcome) }).inc();
        self.token_request_duration.observe(duration.as_secs_f64());
    }

    /// A Connection was reconciled.
    pub fn reconciled(&self, duration: Duration) {
        self.reconciliations.inc();
        self.reconcile_duration.observe(duration.as_secs_f64());
    }

    /// All of it in the `OpenMetrics` text format
    /// (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    ///
    /// # Errors
    ///
    /// Never in practice: writing to a string does not fail.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
