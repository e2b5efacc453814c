//! Errors of the verbs: one line that states what failed and the remedy.

use kube::config::KubeconfigError;
use thiserror::Error;

use connection_core::connection::error::ConnectionError;
use connection_core::oauth::retryability::is_retryable_status;

/// An error of a verb.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// A call to the API server failed. Its message is shown, because the caller may see it.
    #[error("{doing}: {}", describe(.cause))]
    Call {
        /// The operation, for example `listing Connections`.
        doing: String,
        #[source]
        cause: Box<kube::Error>,
    },
    /// Arguments that exclude or require each other.
    #[error("{0}; see --help")]
    PluginArguments(&'static str),
    /// An error that the operator would report as well.
    #[error("{} ({})", .0.message, .0.reason)]
    ConnectionError(ConnectionError),
    /// Any other error, with its remedy.
    #[error("{0}")]
    Cannot(String),
    #[error("cannot load kubeconfig: {0}: set --kubeconfig or KUBECONFIG, and --context")]
    Kubeconfig(#[source] Box<KubeconfigError>),
    #[error(
        "Connection `{name}` not found in namespace `{namespace}`: list them with `kubectl connection get -n {namespace}`"
    )]
    NoConnection { namespace: String, name: String },
    #[error("system call failed: {0}")]
    System(#[source] std::io::Error),
}

impl From<ConnectionError> for CliError {
    fn from(error: ConnectionError) -> Self {
        Self::ConnectionError(error)
    }
}

impl CliError {
    /// Returns a function that adds the operation to the error of a call.
    pub(crate) fn call(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::Call { doing, cause: Box::new(cause) }
    }

    /// Returns whether a retry can succeed.
    pub(crate) fn is_transient(&self) -> bool {
        let Self::Call { cause, .. } = self else { return false };
        match &**cause {
            kube::Error::Api(status) => is_retryable_status(status.code),
            // Credentials of the kubeconfig stay invalid until the user logs in again.
            kube::Error::Auth(_) => false,
            // The network or the API server may recover.
            _ => true,
        }
    }
}

/// Formats an error of a call with its remedy.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => match status.code {
            401 => "unauthorized: log in again".to_owned(),
            403 => format!("{} (forbidden): ask for a role that allows it", status.message),
            // The API server answers 404 for an unknown resource type too.
            404 => format!(
                "{}: check the name, and run `kubectl connection check` to see whether the CustomResourceDefinition is installed",
                status.message
            ),
            _ => status.message.clone(),
        },
        kube::Error::Auth(cause) => {
            format!("cannot use the credentials of the kubeconfig ({cause}): log in again")
        }
        other => format!(
            "cannot reach the API server ({}): check the server address in the kubeconfig and the network",
            root_cause(other)
        ),
    }
}

/// Returns the root cause, which has the most specific message.
fn root_cause(error: &dyn std::error::Error) -> String {
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
    fn an_api_error_states_the_operation_and_the_remedy() {
        let errors = [
            api(401, "Unauthorized"),
            api(403, "User \"ann\" cannot list resource \"connections\""),
            api(404, "the server could not find the requested resource"),
            api(409, "the object has been modified"),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        listing Connections: unauthorized: log in again
        listing Connections: User "ann" cannot list resource "connections" (forbidden): ask for a role that allows it
        listing Connections: the server could not find the requested resource: check the name, and run `kubectl connection check` to see whether the CustomResourceDefinition is installed
        listing Connections: the object has been modified
        "#);
    }

    #[test]
    fn server_errors_are_transient_and_client_errors_are_not() {
        for (code, transient) in [(403, false), (404, false), (429, true), (503, true)] {
            let status = Status { code, ..Status::default() };
            let error = CliError::call("listing")(kube::Error::Api(Box::new(status)));
            assert_eq!(error.is_transient(), transient, "{code}");
        }
    }
}
