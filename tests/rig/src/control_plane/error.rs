//! What can go wrong around a control plane.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::wait::TimedOut;

/// Why the control plane did not do what was asked of it.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder of the programs is not set.
    #[error(
        "KUBEBUILDER_ASSETS is not set: run `make setup`, then `eval \"$(make -s env)\"` in this shell"
    )]
    NoAssets,
    /// A program is not if it should be.
    #[error("{0} is not there: run `make setup`, then `eval \"$(make -s env)\"` in this shell")]
    ProgramMissing(PathBuf),
    /// The binaries come without a kube-controller-manager.
    #[error(
        "this control plane has no kube-controller-manager: unset KUBEBUILDER_ASSETS and run `make setup`"
    )]
    NoControllerManager,
    /// A file, a folder, a port or a process.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The certificates could not be made.
    #[error("making the certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// A program ended that should run.
    #[error("{program} has ended ({status}); the last lines of its log:\n{log}")]
    Ended {
        /// Which program.
        program: &'static str,
        /// Its exit status.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// A program runs but does not get ready.
    #[error("{program} is not ready: {timed_out}; the last lines of its log:\n{log}")]
    NotReady {
        /// Which program.
        program: &'static str,
        /// How long was waited and what was seen.
        timed_out: TimedOut,
        /// The end of its log.
        log: String,
    },
    /// Something was waited for in vain.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    /// `kubectl` refused.
    #[error("kubectl {args}: {errors}")]
    Kubectl {
        /// Its arguments.
        args: String,
        /// Its standard error.
        errors: String,
    },
    /// The API server refused, or the client could not be made.
    #[error("{what}: {source}")]
    Api {
        /// What was asked.
        what: String,
        /// The answer.
        source: Box<kube::Error>,
    },
    /// A kubeconfig could not be read.
    #[error("reading {path}: {source}")]
    Kubeconfig {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<kube::config::KubeconfigError>,
    },
}

/// As [`std::fmt::Display`]: it is read in the message of a failed `unwrap`, where a log wants its line breaks.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error {
    /// For `map_err`: an I/O error with what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }

    /// For `map_err`: an answer of the API server with what was asked.
    pub(crate) fn api(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { what: what.into(), source: Box::new(source) }
    }
}
