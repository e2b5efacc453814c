//! An authorization server built on the npm package oidc-provider, with the authorization code flow:
//! its pages for login and consent, PKCE demanded, pushed requests, rotation with reuse detection,
//! revocation, metadata, and `iss` in its answers (RFC 9207).

use std::io;
use std::process::Command;

use crate::servers::config::Config;
use crate::servers::ledger::Entry;
use crate::servers::loopback;
use crate::servers::process::{Process, folder};
use crate::servers::records::Records;

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
    /// Packages are taken from `CONNECTION_OPERATOR_NODE_MODULES`, otherwise from the server's folder.
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
    /// If the server no longer answers.
    pub fn ledger(&self) -> io::Result<Vec<Entry>> {
        self.process.ledger()
    }

    /// Every authorization request, pushed request and revocation until now, and what happened to
    /// grants. Blocks for a loopback request.
    ///
    /// # Errors
    /// If the server no longer answers.
    pub fn records(&self) -> io::Result<Records> {
        self.process.records()
    }

    /// Every code that was presented and every token that was issued or presented: none may be found
    /// in a log, an event, a status or a page.
    ///
    /// # Errors
    /// If the server no longer answers.
    pub fn secrets(&self) -> io::Result<Vec<String>> {
        let secrets = self.ledger()?.into_iter().flat_map(|entry| {
            let presented = [entry.code, entry.refresh_token];
            let issued = [entry.access_token, entry.issued_refresh_token, entry.id_token];
            presented.into_iter().chain(issued).flatten()
        });
        Ok(secrets.collect())
    }

    /// The URL of one of its endpoints, by the name that the metadata of RFC 8414 has for it.
    ///
    /// # Errors
    /// If the server no longer answers or has no such endpoint.
    pub fn endpoint(&self, name: &str) -> io::Result<String> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let metadata = loopback::get(&url)?.json();
        let endpoint = metadata[name].as_str().map(str::to_owned);
        endpoint.ok_or_else(|| io::Error::other(format!("no {name} in {metadata}")))
    }
}

/// The command that runs the server.
pub(super) fn command() -> Command {
    // The server itself reads CONNECTION_OPERATOR_NODE_MODULES.
    let mut command = Command::new("node");
    command.arg(folder("oidc-provider").join("server.mjs"));
    command
}
