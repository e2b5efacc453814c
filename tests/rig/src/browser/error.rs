//! Errors of the browser and its driver.

use std::io;

/// What failed, with what was there instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Chromium or chromedriver is missing, does not start or does not answer.
    #[error("no browser: {0}")]
    Driver(#[from] io::Error),
    /// The browser refused a command.
    #[error("the browser refused to {command}: {code}: {message}")]
    Refused {
        /// What was asked, as `WebDriver` names its endpoint.
        command: String,
        /// The error code (`WebDriver` section 6.6).
        code: String,
        /// Its message, one line.
        message: String,
    },
    /// What was waited for did not come.
    #[error(transparent)]
    TimedOut(#[from] crate::wait::TimedOut),
}
