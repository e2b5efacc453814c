//! Why a verb could not answer: one line, what failed and the remedy.

use kube::config::KubeconfigError;
use thiserror::Error;

use connection_core::connection::error::ConnectionError;
use connection_core::oauth::retryability::is_retryable_status;

/// Why a verb could not answer.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// The API server refused or did not answer; its own words are the caller's to see.
    #[error("{doing}: {}", describe(.cause))]
    Call {
        /// What was to be done, for example `listing Connections`.
        doing: String,
        /// Why it was not.
        #[source]
        cause: Box<kube::Error>,
    },
    /// The arguments do not fit together.
    #[error("{0}; see --help")]
    Arguments(&'static str),
    /// What the operator could not do either.
    #[error("{} ({})", .0.message, .0.reason)]
    ConnectionError(ConnectionError),
    /// What cannot be done, with its remedy.
    #[error("{0}")]
    Cannot(String),
    /// There is no way to the cluster.
    #[error(
        "the kubeconfig cannot be used: {0}: name one by --kubeconfig or KUBECONFIG, and a context of it by --context"
    )]
    Kubeconfig(#[source] Box<KubeconfigError>),
    /// A Connection that is not there.
    #[error(
        "there is no Connection `{name}` in namespace `{namespace}`: list them by `kubectl connection get -n {namespace}`"
    )]
    NoConnection {
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
    },
    /// The operating system did not give what the plugin needs.
    #[error("the operating system did not give what the plugin needs: {0}")]
    System(#[source] std::io::Error),
}

impl From<ConnectionError> for CliError {
    fn from(fault: ConnectionError) -> Self {
        Self::ConnectionError(fault)
    }
}

impl CliError {
    /// Wraps what a call came to.
    pub(crate) fn call(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::Call { doing, cause: Box::new(cause) }
    }

    /// Whether the same call may succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        let Self::Call { cause, .. } = self else { return false };
        match &**cause {
            kube::Error::Api(status) => is_retryable_status(status.code),
            kube::Error::Auth(_) => false,
            _ => true,
        }
    }
}

/// What the API server said, or why it said nothing, and the remedy.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => match status.code {
            401 => "the API server does not know you: log in again".to_owned(),
            403 => format!("{}: ask for the right to do that", status.message),
            404 => format!(
                "{}: check the name, and by `kubectl connection check` whether the CustomResourceDefinition is installed",
                status.message
            ),
            _ => status.message.clone(),
        },
        kube::Error::Auth(cause) => {
            format!("the credentials of the kubeconfig do not work ({cause}): log in again")
        }
        other => format!(
            "the API server cannot be reached ({}): check the address in the kubeconfig and the way to it",
            innermost(other)
        ),
    }
}

/// The first cause says the most.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::Status;

    fn api(code: u16, message: &str) -> String {
        let status = Status { code, message: message.to_owned(), ..Status::default() };
        CliError::call("listing Connections")(kube::Error::Api(Box::new(status))).to_string()
    }

    #[test]
    fn an_error_says_what_failed_and_the_remedy_in_one_line() {
        let table = [
            (
                401,
                "Unauthorized",
                "listing Connections: the API server does not know you: log in again",
            ),
            (
                403,
                "connections is forbidden",
                "listing Connections: connections is forbidden: ask for the right to do that",
            ),
            (409, "it was changed", "listing Connections: it was changed"),
        ];
        for (code, message, expected) in table {
            assert_eq!(api(code, message), expected);
        }
        for (code, passing) in [(403, false), (404, false), (429, true), (503, true)] {
            let status = Status { code, ..Status::default() };
            let error = CliError::call("listing")(kube::Error::Api(Box::new(status)));
            assert_eq!(error.is_passing(), passing, "{code}");
        }
        assert!(api(404, "not found").contains("kubectl connection check"));
    }
}
