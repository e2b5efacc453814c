//! Why the demo cannot go on.

use std::io;
use std::time::Duration;

use thiserror::Error;

/// Why the demo cannot go on, and what to do about it.
#[derive(Debug, Error)]
pub enum Failure {
    /// Something of the operating system did not work.
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// The control plane or the Kubernetes API.
    #[error(transparent)]
    ControlPlane(#[from] rig::control_plane::Error),
    /// A request to the Kubernetes API.
    #[error("{what}: {source}")]
    Api { what: &'static str, source: kube::Error },
    /// A keystore could not be made.
    #[error("making the keystore of {example}: {why}")]
    Keystore { example: &'static str, why: String },
    /// The provider does not take a certificate.
    #[error("registering the certificate of {example} at the provider: {why}")]
    Certificate { example: &'static str, why: String },
    /// The operator ended by itself.
    #[error("the operator has ended ({status}); the end of its log:\n{log}")]
    OperatorEnded { status: String, log: String },
    /// Something that should have happened did not.
    #[error("waited {limit:?} for {what}; the end of the operator's log:\n{log}")]
    TimedOut { what: String, limit: Duration, log: String },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// Turns an I/O error into a failure that names what was done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Turns an error of the Kubernetes API into a failure that names what was done.
    pub fn api(what: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { what, source }
    }
}
