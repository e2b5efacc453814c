//! Token requests, by flow, outcome and reason.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

use super::labels::{TokenRequestLabels, TokenRequestOutcomeLabels};
use super::{DURATIONS, Metrics};

/// Token requests.
pub(super) struct Requests {
    total: Family<TokenRequestLabels, Counter>,
    duration: Family<TokenRequestOutcomeLabels, Histogram>,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let total = Family::default();
        let help = "Token requests by flow, outcome and reason";
        registry.register("token_requests", help, Family::clone(&total));
        let duration: Family<TokenRequestOutcomeLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(DURATIONS));
        let help = "How long a provider took to answer a token request";
        let metric = duration.clone();
        registry.register_with_unit("token_request_duration", help, Unit::Seconds, metric);
        Self { total, duration }
    }
}

impl Metrics {
    /// A token was requested; the reason says what came of it.
    pub fn requested(&self, flow: Flow, reason: Reason, duration: Duration) {
        self.requests.total.get_or_create(&TokenRequestLabels::of(flow, reason)).inc();
        let family = &self.requests.duration;
        family
            .get_or_create(&TokenRequestOutcomeLabels::of(flow, reason))
            .observe(duration.as_secs_f64());
    }
}
