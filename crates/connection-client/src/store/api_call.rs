//! Calls to the Kubernetes API, each with a timeout.

use std::time::Duration;

use thiserror::Error;

use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::retryability::is_retryable_status;

const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The cause of a failed call. The server's text is dropped, because it may repeat the request.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ApiError {
    /// The object already exists, has another uid, or was changed since it was read.
    #[error("the object was changed concurrently")]
    Conflict,
    #[error(
        "the Kubernetes API denied the request: check the operator's role in this namespace, quotas, and whether the namespace is being deleted"
    )]
    Forbidden,
    #[error("the object does not exist")]
    NotFound,
    /// Any other HTTP status, for example of a failed validation.
    #[error("the Kubernetes API rejected the object (HTTP {0})")]
    Rejected(u16),
    #[error("the Kubernetes API did not respond in time")]
    Timeout,
    /// The server is not reachable, or reports a transient error.
    #[error("the Kubernetes API is not available")]
    Unavailable,
}

impl ApiError {
    /// Returns the error of a Connection. `what` names the failed step.
    pub fn connection_error(self, what: &str) -> ConnectionError {
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
                code => Self::Rejected(code),
            },
            // Errors without a status: the connection failed or the response was not readable.
            _ => Self::Unavailable,
        }
    }
}

/// Awaits a call for at most 10 seconds.
pub async fn with_timeout<T>(call: impl Future<Output = kube::Result<T>>) -> Result<T, ApiError> {
    match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(response) => Ok(response?),
        Err(_) => Err(ApiError::Timeout),
    }
}
