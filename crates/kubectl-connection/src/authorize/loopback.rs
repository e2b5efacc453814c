//! Authorization without the consent page: the plugin receives the authorization response itself, from
//! a listener or pasted by the user. All preconditions are checked before a ticket is created.

use std::io::BufRead;
use std::thread;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::arguments::AuthorizeArguments;
use crate::authorize::callback::{self, Callback};
use crate::authorize::request::AuthorizationUrl;
use crate::authorize::{browser, listener};
use crate::can_i;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_core::connection::consent_page::LOOPBACK_PORTS;

/// An authorization request, and the listener for its response.
pub(super) struct Loopback {
    pub request: AuthorizationUrl,
    /// None if the user pastes the response.
    listener: Option<TcpListener>,
}

impl Loopback {
    /// Checks the preconditions and starts to listen.
    ///
    /// # Errors
    ///
    /// Returns an error if the caller may not create Secrets, no port is free, or the authorization
    /// endpoint is unknown.
    pub(super) async fn open(
        cluster: &Cluster,
        connection: &Connection,
        arguments: &AuthorizeArguments,
    ) -> Result<Self, CliError> {
        // Only a definite answer stops: without one, the creation itself reports the cause.
        if can_i::can_i(cluster, "create", "", "secrets").await == Some(false) {
            return Err(CliError::Cannot(format!(
                "cannot create secrets in namespace {} to submit the authorization response: ask for a role that allows it, or use the consent page",
                cluster.namespace
            )));
        }
        let [first, _] = LOOPBACK_PORTS;
        if arguments.paste {
            // Nothing listens here, but the provider compares the redirect URI.
            let request = AuthorizationUrl::new(connection, first)?;
            return Ok(Self { request, listener: None });
        }
        // Before the request, because the redirect URI contains the port.
        let (listener, port) = listener::listen().await?;
        let request = AuthorizationUrl::new(connection, port)?;
        Ok(Self { request, listener: Some(listener) })
    }

    /// Sends the user to the provider and waits for the response. Returns None after the deadline.
    pub(super) async fn receive(
        &self,
        arguments: &AuthorizeArguments,
        deadline: &Deadline,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Callback>, CliError> {
        let AuthorizationUrl { uri, redirect_uri, state, .. } = &self.request;
        let Some(listener) = &self.listener else {
            return self.paste(arguments, deadline, terminal).await;
        };
        terminal.prompt(
            arguments.output.format,
            &format!(
                "Open this URL and give consent. Waiting for the response at {redirect_uri}:\n\n  {uri}\n"
            ),
        );
        let [first, _] = LOOPBACK_PORTS;
        if redirect_uri.port() != Some(first) {
            terminal.stderr(&format!(
                "Port {first} is in use: the redirect URI above must be registered at the provider too."
            ));
        }
        if !arguments.no_browser {
            browser::open(uri.as_str(), terminal);
        }
        let receiving = listener::receive(listener, redirect_uri, state);
        Ok(tokio::time::timeout(deadline.remaining(), receiving).await.ok())
    }

    /// Reads the URL at which a browser on any machine ended.
    async fn paste(
        &self,
        arguments: &AuthorizeArguments,
        deadline: &Deadline,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Callback>, CliError> {
        let AuthorizationUrl { uri, redirect_uri, state, .. } = &self.request;
        terminal.prompt(
            arguments.output.format,
            &format!(
                "Open this URL in any browser and give consent:\n\n  {uri}\n\nThe browser ends at {redirect_uri}, which it cannot load. Copy the URL from the address bar and paste it here:\n"
            ),
        );
        let mut lines = lines();
        loop {
            let Ok(line) = tokio::time::timeout(deadline.remaining(), lines.recv()).await else {
                return Ok(None);
            };
            // Standard input has ended, for example because it is no terminal.
            let Some(line) = line else {
                let message = "no URL was pasted: run the command again";
                return Err(CliError::Cannot(message.to_owned()));
            };
            let line = line.map_err(CliError::System)?;
            // A pasted text may have extra line breaks.
            if line.trim().is_empty() {
                continue;
            }
            let url = callback::parse_pasted(&line, redirect_uri);
            match url.map(|url| callback::parse(&url, redirect_uri, state)) {
                Some(Ok(callback)) => return Ok(Some(callback)),
                // Not a failure: the request is still open, and the user can paste again.
                Some(Err(error)) => terminal.stderr(&format!("{error}, and paste again:")),
                None => terminal.stderr("not a URL: copy the complete URL, and paste again:"),
            }
        }
    }
}

/// Returns the lines of standard input. A detached thread reads them, because a blocking read cannot
/// be canceled when the process exits.
fn lines() -> mpsc::Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            // The receiver is gone: the verb has a response or has timed out.
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
