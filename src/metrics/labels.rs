//! The words that labels are made of: closed lists, so that no stranger can make series.

use std::fmt::{self, Write};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

/// By which flow an attempt was made, how it ended, and why.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct TokenRequestLabels {
    /// As `spec.flow` spells it.
    pub flow: StaticLabel,
    /// `success` or `error`.
    pub outcome: StaticLabel,
    /// The word of [`Reason`].
    pub reason: StaticLabel,
}

/// By which flow an attempt was made, and how it ended.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct TokenRequestOutcomeLabels {
    /// As `spec.flow` spells it.
    pub flow: StaticLabel,
    /// `success` or `error`.
    pub outcome: StaticLabel,
}

/// How a reconciliation ended.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct ResultLabel {
    /// A word of [`ReconcileResult`].
    pub result: StaticLabel,
}

/// What a person was answered.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct ConsentPageLabels {
    /// A word of the consent page's own, or of [`Reason`].
    pub result: StaticLabel,
}

/// Which program this is.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct BuildInfo {
    /// Version of the operator.
    pub version: StaticLabel,
}

/// A word of the program's own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct StaticLabel(pub &'static str);

impl EncodeLabelValue for StaticLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        encoder.write_str(self.0)
    }
}

impl TokenRequestLabels {
    /// What a reason says of an attempt.
    pub(super) fn of(flow: Flow, reason: Reason) -> Self {
        let TokenRequestOutcomeLabels { flow, outcome } =
            TokenRequestOutcomeLabels::of(flow, reason);
        Self { flow, outcome, reason: StaticLabel(reason.as_str()) }
    }
}

impl TokenRequestOutcomeLabels {
    /// What a reason says of an attempt.
    pub(super) fn of(flow: Flow, reason: Reason) -> Self {
        let outcome = if reason == Reason::TokenIssued { "success" } else { "error" };
        Self { flow: StaticLabel(flow.as_str()), outcome: StaticLabel(outcome) }
    }
}

/// How a reconciliation ended, in the words of controller-runtime
/// (<https://book.kubebuilder.io/reference/metrics-reference>).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ReconcileResult {
    /// The Connection waits for a change.
    Success,
    /// It is looked at again at a time that is known.
    RequeueAfter,
    /// It could not be brought to rest, or its status could not be written.
    Error,
}

impl ReconcileResult {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::RequeueAfter => "requeue_after",
            Self::Error => "error",
        }
    }
}
