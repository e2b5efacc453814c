//! Why an authorization came to nothing, in words for the person.

use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// What an authorization came to.
#[derive(Clone)]
pub(super) struct AuthorizationError {
    pub reason: Reason,
    pub message: String,
}

impl From<ConnectionError> for AuthorizationError {
    fn from(fault: ConnectionError) -> Self {
        Self {
            reason: Reason::AuthorizationFailed,
            message: format!(
                "consent was given, but the exchange of the code failed ({}): {}",
                fault.reason, fault.message
            ),
        }
    }
}
