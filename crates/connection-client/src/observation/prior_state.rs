//! What an observer knows beside what stands in the cluster; nothing, at the first look.

use crate::api::status::ConnectionStatus;
use crate::store::handoff_secret::HandoffKind;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::facts::Failure;

/// What an observer knows beside what stands in the cluster.
#[derive(Clone, Debug, Default)]
pub struct PriorState {
    /// The last failure on the way to a token, until something succeeds there.
    pub failure: Option<PastFailure>,
    /// The last failure of a step beside, until one succeeds.
    pub failure_beside: Option<PastFailure>,
    /// Whether a token was received and is not written down yet.
    pub unwritten: bool,
    /// What the comparison of the inputs with the held token came to.
    pub compared: Option<InputComparison>,
    /// Whether an answer was received that is not in the grant Secret yet.
    pub unsaved: bool,
    /// Whether the place to send a person to was found out.
    pub endpoint_known: bool,
    /// What was handed over to the Connection and waits: the names of the Secrets, and what they are.
    pub handoff: Vec<(Box<str>, HandoffKind)>,
    /// Whom this observer would claim a grant as.
    pub holder: String,
    /// Why no Secret of the namespace can be known, where that is so.
    pub not_enrolled: Option<ConnectionError>,
    /// The status, where it was written later than what the Connection shows.
    pub status: Option<ConnectionStatus>,
}

/// A failure and what it depended on.
#[derive(Clone, Debug)]
pub struct PastFailure {
    /// What the last try came to.
    pub failure: Failure,
    /// The digest of what it depended on; none where only whoever failed knows that.
    pub basis: Option<Digest>,
}

/// What a comparison of the inputs with the held token came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InputComparison {
    /// The digest of the versions of the Secrets that were compared.
    pub versions: Digest,
    /// Whether they say what the held token was made from.
    pub same: bool,
}

impl PastFailure {
    /// The failure, which counts as long as what it depended on is the same.
    #[must_use]
    pub fn applies_to(&self, basis: Digest) -> Option<Failure> {
        self.basis.is_none_or(|of| of == basis).then(|| self.failure.clone())
    }
}
