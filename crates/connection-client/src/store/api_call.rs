//! Calls of the Kubernetes API, each with a deadline.

use std::time::Duration;

use thiserror::Error;

use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::retryability::is_retryable_status;

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a call failed. The server's own text is dropped: it may repeat what was sent.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ApiError {
    /// The object exists already, is another one, or was changed in between.
    #[error("the object was changed by somebody else in the meantime")]
    Conflict,
    /// The server does not allow it.
    #[error(
        "the Kubernetes API denied the request: check the operator's role in this namespace, quotas, and whether the namespace is being deleted"
    )]
    Forbidden,
    /// The object is not there.
    #[error("the object does not exist")]
    NotFound,
    /// The server refused the object.
    #[error("the Kubernetes API refused the object (HTTP {0})")]
    Refused(u16),
    /// No answer in time.
    #[error("the Kubernetes API did not answer in time")]
    Timeout,
    /// The server is not reachable or not able.
    #[error("the Kubernetes API is not available")]
    Unavailable,
}

impl ApiError {
    /// The fault that this is for a connection: `what` was to be done.
    #[must_use]
    pub fn fault(self, what: &str) -> ConnectionError {
        ConnectionError::transient(
            Reason::KubernetesAPIError,
            format!("{what}: {self}; the operator retries"),
        )
    }
}

impl From<kube::Error> for ApiError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => match status.code {
                401 | 403 => Self::Forbidden,
                404 => Self::NotFound,
                409 => Self::Conflict,
                code if is_retryable_status(code) => Self::Unavailable,
                code => Self::Refused(code),
            },
            _ => Self::Unavailable,
        }
    }
}

/// Awaits a call, for a while.
///
/// # Errors
///
/// Returns an error when the call fails or takes too long.
pub async fn with_timeout<T>(call: impl Future<Output = kube::Result<T>>) -> Result<T, ApiError> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(ApiError::Timeout),
    }
}
