//! Metrics of token requests, by flow, outcome and reason.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

use super::labels::{TokenRequestLabels, TokenRequestOutcomeLabels};
use super::{DURATIONS, Metrics};

pub(super) struct Requests {
    total: Family<TokenRequestLabels, Counter>,
    duration: Family<TokenRequestOutcomeLabels, Histogram>,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let total = Family::default();
        let help = "Total number of token requests by flow, outcome and reason";
        registry.register("token_requests", help, Family::clone(&total));
        let duration: Family<TokenRequestOutcomeLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(DURATIONS));
        let help = "Duration of token requests in seconds";
        let metric = duration.clone();
        registry.register_with_unit("token_request_duration", help, Unit::Seconds, metric);
        Self { total, duration }
    }
}

impl Metrics {
    /// Records a token request; the reason is its outcome.
    pub fn token_request(&self, flow: Flow, reason: Reason, duration: Duration) {
        self.requests.total.get_or_create(&TokenRequestLabels::new(flow, reason)).inc();
        let family = &self.requests.duration;
        family
            // Without the label `reason`, which would multiply the time series of the histogram.
            .get_or_create(&TokenRequestOutcomeLabels::new(flow, reason))
            .observe(duration.as_secs_f64());
    }
}
