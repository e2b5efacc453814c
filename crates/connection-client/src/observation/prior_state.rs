//! What an observer knows beside what stands in the cluster; nothing, at the first look.

use crate::api::status::ConnectionStatus;
use crate::store::handoff_secret::HandoffKind;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::failure_record::FailureRecord;

/// What an observer knows beside what stands in the cluster.
#[derive(Clone, Debug, Default)]
pub struct PriorState {
    /// The last failure of a token step, until a token step succeeds.
    pub failure: Option<FailureRecord>,
    /// The last failure of a side step, until a side step succeeds.
    pub side_failure: Option<FailureRecord>,
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

/// What a comparison of the inputs with the held token came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InputComparison {
    /// The digest of the versions of the Secrets that were compared.
    pub versions: Digest,
    /// Whether they say what the held token was made from.
    pub same: bool,
}
