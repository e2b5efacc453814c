//! The outcome of an authorization, in words for the user who consents.

use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

#[derive(Clone)]
pub(super) struct AuthorizationError {
    pub reason: Reason,
    pub message: String,
}

impl AuthorizationError {
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { reason: Reason::AuthorizationFailed, message: message.into() }
    }
}

impl From<ConnectionError> for AuthorizationError {
    fn from(error: ConnectionError) -> Self {
        Self::failed(format!(
            "consent was given, but the exchange of the code failed ({}): {}",
            error.reason, error.message
        ))
    }
}
