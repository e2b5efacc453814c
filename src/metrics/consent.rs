//! Answers of the consent page, by what they say.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Metrics;
use super::labels::{ConsentPageLabels, StaticLabel};

/// Answers of the consent page.
pub(super) struct Consent {
    answers: Family<ConsentPageLabels, Counter>,
}

impl Consent {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let answers = Family::default();
        let help = "Answers of the consent page, by what they say";
        registry.register("consent_page_responses", help, Family::clone(&answers));
        Self { answers }
    }
}

impl Metrics {
    /// The consent page answered; the word, of a closed list, says what.
    pub fn answered(&self, word: &'static str) {
        self.consent.answers.get_or_create(&ConsentPageLabels { result: StaticLabel(word) }).inc();
    }
}
