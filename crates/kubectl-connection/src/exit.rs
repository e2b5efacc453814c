//! How the plugin ends, as a number for scripts.

use std::process::ExitCode;

/// How the plugin ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// All is well; of a Connection: it is ready.
    Ready = 0,
    /// Something failed; of a Connection: it is not ready and somebody must see to it.
    Error = 1,
    /// The Connection waits for a person's consent.
    NeedsAuthorization = 2,
    /// The Connection is on its way.
    Progressing = 3,
}

/// The list for `--help`.
pub(crate) const HELP: &str = "Exit codes:
  0  ready, or done
  1  an error, or the Connection is not ready
  2  the Connection needs a person's authorization
  3  the Connection is progressing";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
