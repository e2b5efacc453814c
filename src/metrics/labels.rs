//! Label values. They are closed lists, so that input cannot create time series.

use std::fmt::{self, Write};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct TokenRequestLabels {
    /// The value of `spec.flow`.
    pub flow: StaticLabel,
    /// `success` or `error`.
    pub outcome: StaticLabel,
    /// A [`Reason`].
    pub reason: StaticLabel,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct TokenRequestOutcomeLabels {
    /// The value of `spec.flow`.
    pub flow: StaticLabel,
    /// `success` or `error`.
    pub outcome: StaticLabel,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct ReconcileResultLabel {
    /// A [`ReconcileResult`].
    pub result: StaticLabel,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct ConsentPageLabels {
    /// A result of the consent page or a [`Reason`].
    pub result: StaticLabel,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct BuildInfo {
    pub version: StaticLabel,
}

/// A label value that is a constant of the program.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct StaticLabel(pub &'static str);

impl EncodeLabelValue for StaticLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        encoder.write_str(self.0)
    }
}

impl TokenRequestLabels {
    pub(super) fn new(flow: Flow, reason: Reason) -> Self {
        let TokenRequestOutcomeLabels { flow, outcome } =
            TokenRequestOutcomeLabels::new(flow, reason);
        Self { flow, outcome, reason: StaticLabel(reason.as_str()) }
    }
}

impl TokenRequestOutcomeLabels {
    pub(super) fn new(flow: Flow, reason: Reason) -> Self {
        let outcome = if reason == Reason::TokenIssued { "success" } else { "error" };
        Self { flow: StaticLabel(flow.as_str()), outcome: StaticLabel(outcome) }
    }
}

/// The result of a reconciliation, named as in controller-runtime
/// (<https://book.kubebuilder.io/reference/metrics-reference>).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ReconcileResult {
    /// The Connection is reconciled again after a change.
    Success,
    /// The Connection is reconciled again after a known time.
    RequeueAfter,
    /// The reconciliation did not converge, or the status could not be written.
    Error,
}

impl ReconcileResult {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::RequeueAfter => "requeue_after",
            Self::Error => "error",
        }
    }
}
