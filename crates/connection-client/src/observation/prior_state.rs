//! The state of the observer that is not in the cluster.

use crate::api::status::ConnectionStatus;
use crate::store::handoff_secret::HandoffKind;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::failure_record::FailureRecord;

/// The state of the observer that is not in the cluster. Empty at its start.
#[derive(Clone, Debug, Default)]
pub struct PriorState {
    /// The last failure of a token step, until a token step succeeds.
    pub failure: Option<FailureRecord>,
    /// The last failure of a side step, until a side step succeeds.
    pub side_failure: Option<FailureRecord>,
    /// A token was received that is not in the token Secret yet.
    pub unwritten: bool,
    /// The last comparison of the inputs with the current token.
    pub compared: Option<InputComparison>,
    /// A token response was received that is not in the grant Secret yet.
    pub unsaved: bool,
    /// The authorization endpoint was discovered.
    pub endpoint_known: bool,
    /// Names and kinds of the handoff Secrets.
    pub handoff: Vec<(Box<str>, HandoffKind)>,
    /// The name with which this observer claims grants.
    pub holder: String,
    /// Set if the operator may not list the Secrets of the namespace.
    pub not_enrolled: Option<ConnectionError>,
    /// Set if a later status was written than the resource has.
    pub status: Option<ConnectionStatus>,
}

/// The result of a comparison of the inputs with the current token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InputComparison {
    /// The digest of the versions of the Secrets that were compared.
    pub versions: Digest,
    /// The Secrets have the content from which the current token was requested.
    pub same: bool,
}
