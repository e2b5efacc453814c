//! Exit codes, for scripts.

use std::process::ExitCode;

/// The exit code of the plugin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// The verb succeeded; for `status`: the Connection is ready.
    Ready = 0,
    /// The verb failed; for `status`: the Connection is not ready and needs a change.
    Error = 1,
    /// The Connection waits for a user's consent.
    NeedsAuthorization = 2,
    /// The operator has not processed the Connection yet.
    Progressing = 3,
}

/// The exit codes, for `--help`.
pub(crate) const HELP: &str = "Exit codes:
  0  the Connection is ready, or the command succeeded
  1  an error, or the Connection is not ready and needs a change
  2  the Connection needs consent: run `kubectl connection authorize`
  3  the Connection is progressing, or its status is outdated";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
