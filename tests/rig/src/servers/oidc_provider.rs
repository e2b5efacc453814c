//! An authorization server built on the npm package oidc-provider.

use std::io;
use std::process::Command;

use crate::servers::config::Config;
use crate::servers::ledger::Entry;
use crate::servers::process::{Process, folder};

const REMEDY: &str = "Install Node.js 20 or later, run `npm ci` on tests/servers/oidc-provider, and name \
     the node_modules folder in CONNECTION_OPERATOR_NODE_MODULES.";

/// A running oidc-provider server; dropped, it ends.
#[derive(Debug)]
pub struct OidcProvider {
    /// The URL of the token endpoint.
    pub token_endpoint: String,
    /// The server's issuer identifier.
    pub issuer: String,
    process: Process,
}

impl OidcProvider {
    /// Starts the server and waits until it listens (under a second).
    /// Packages are taken from `CONNECTION_OPERATOR_NODE_MODULES`, else from beside the server.
    ///
    /// # Errors
    /// Where node or a package is missing: with what the server wrote, and the remedy.
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
    /// Where the server no longer answers.
    pub fn ledger(&self) -> io::Result<Vec<Entry>> {
        self.process.ledger()
    }
}

/// The command that runs the server.
pub(super) fn command() -> Command {
    // The server itself reads CONNECTION_OPERATOR_NODE_MODULES.
    let mut command = Command::new("node");
    command.arg(folder("oidc-provider").join("server.mjs"));
    command
}
