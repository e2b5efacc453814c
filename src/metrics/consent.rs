//! Responses of the consent page, by result.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Metrics;
use super::labels::{ConsentPageLabels, StaticLabel};

pub(super) struct ConsentPageMetrics {
    responses: Family<ConsentPageLabels, Counter>,
}

impl ConsentPageMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let responses = Family::default();
        let help = "Total number of responses of the consent page by result";
        registry.register("consent_page_responses", help, Family::clone(&responses));
        Self { responses }
    }
}

impl Metrics {
    /// Counts a response of the consent page. The results are a closed list.
    pub fn consent_page_response(&self, result: &'static str) {
        let labels = ConsentPageLabels { result: StaticLabel(result) };
        self.consent_page.responses.get_or_create(&labels).inc();
    }
}
