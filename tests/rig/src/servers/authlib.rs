//! An authorization server built with Authlib (Python).

use std::io;
use std::process::Command;

use crate::servers::config::Config;
use crate::servers::ledger::Entry;
use crate::servers::process::{Process, folder};

const REMEDY: &str = "Install tests/servers/authlib/requirements.txt into a virtual environment and \
     name its interpreter in CONNECTION_OPERATOR_PYTHON.";

/// A running Authlib server; dropped, it ends.
#[derive(Debug)]
pub struct Authlib {
    /// The URL of the token endpoint.
    pub token_endpoint: String,
    /// The server's issuer identifier.
    pub issuer: String,
    process: Process,
}

impl Authlib {
    /// Starts the server and waits until it listens (under a second).
    /// The interpreter is `CONNECTION_OPERATOR_PYTHON`, else `python3`.
    ///
    /// # Errors
    /// If the interpreter or a package is missing: with what the server wrote, and the remedy.
    pub fn start(config: &Config) -> io::Result<Self> {
        let process = Process::start(command(), config, REMEDY)?;
        Ok(Self {
            token_endpoint: process.ready.token_endpoint.clone(),
            issuer: process.ready.issuer.clone(),
            process,
        })
    }

    /// Every token request until now, oldest first. Blocks for a loopback request.
    ///
    /// # Errors
    /// If the server no longer answers.
    pub fn ledger(&self) -> io::Result<Vec<Entry>> {
        self.process.ledger()
    }
}

/// The command that runs the server.
pub(super) fn command() -> Command {
    let python = std::env::var_os("CONNECTION_OPERATOR_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    // -B: no bytecode next to the sources.
    command.arg("-B").arg(folder("authlib").join("server.py"));
    command
}
