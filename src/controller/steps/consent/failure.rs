//! Why an authorization came to nothing, in words for the person.

use connection_core::connection::error::Fault;
use connection_core::connection::reason::Reason;

/// What an authorization came to.
#[derive(Clone)]
pub(super) struct Failure {
    pub reason: Reason,
    pub message: String,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            reason: Reason::AuthorizationFailed,
            message: format!(
                "consent was given, but the exchange of the code failed ({}): {}",
                fault.reason, fault.message
            ),
        }
    }
}
