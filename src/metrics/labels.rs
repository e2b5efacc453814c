//! The words that labels are made of: closed lists, so that no stranger can make series.

use std::fmt::{self, Write};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

/// By which flow an attempt was made, how it ended, and why.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct Attempt {
    /// As `spec.flow` spells it.
    pub flow: Word,
    /// `success` or `error`.
    pub outcome: Word,
    /// The word of [`Reason`].
    pub reason: Word,
}

/// By which flow an attempt was made, and how it ended.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct Outcome {
    /// As `spec.flow` spells it.
    pub flow: Word,
    /// `success` or `error`.
    pub outcome: Word,
}

/// How a reconciliation ended.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct ResultLabel {
    /// A word of [`ReconcileResult`].
    pub result: Word,
}

/// What a person was answered.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct AnswerLabel {
    /// A word of the consent page's own, or of [`Reason`].
    pub answer: Word,
}

/// Which program this is.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct Build {
    /// Version of the operator.
    pub version: Word,
}

/// A word of the program's own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Word(pub &'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        encoder.write_str(self.0)
    }
}

impl Attempt {
    /// What a reason says of an attempt.
    pub(super) fn of(flow: Flow, reason: Reason) -> Self {
        let Outcome { flow, outcome } = Outcome::of(flow, reason);
        Self { flow, outcome, reason: Word(reason.as_str()) }
    }
}

impl Outcome {
    /// What a reason says of an attempt.
    pub(super) fn of(flow: Flow, reason: Reason) -> Self {
        let outcome = if reason == Reason::TokenIssued { "success" } else { "error" };
        Self { flow: Word(flow.as_str()), outcome: Word(outcome) }
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
