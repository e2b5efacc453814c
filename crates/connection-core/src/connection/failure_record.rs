//! The last failure of a connection's steps.

use jiff::Timestamp;

use crate::connection::digest::Digest;
use crate::connection::error::ConnectionError;

/// A failed step: kept until a step of the same kind succeeds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailureRecord {
    pub error: ConnectionError,
    /// Consecutive failures, including this one.
    pub attempts: u32,
    /// When the step is retried; none if only a change can help.
    pub retry_at: Option<Timestamp>,
    /// Digest of everything that the outcome depended on; none if the observer does not know it.
    pub basis: Option<Digest>,
}

impl FailureRecord {
    /// Returns true until something that the outcome depended on changes.
    pub fn applies_to(&self, basis: Digest) -> bool {
        self.basis.is_none_or(|own| own == basis)
    }
}
