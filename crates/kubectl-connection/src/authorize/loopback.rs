//! Without the operator's page: the plugin receives the provider's answer itself, by a listener or by
//! what a person pastes. All that can be known to fail is found before a ticket is made.

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

/// A question, and the place where its answer is waited for.
pub(super) struct Loopback {
    /// What the provider is asked with.
    pub question: AuthorizationUrl,
    /// Where the answer comes in; none where it is pasted.
    listener: Option<TcpListener>,
}

impl Loopback {
    /// Finds out whether this way can be gone, and begins to listen.
    pub(super) async fn open(
        cluster: &Cluster,
        connection: &Connection,
        wanted: &AuthorizeArguments,
    ) -> Result<Self, CliError> {
        if can_i::can_i(cluster, "create", "", "secrets").await == Some(false) {
            return Err(CliError::Cannot(format!(
                "you may not create Secrets in namespace {}, in which the answer is handed over: ask for the right to do that, or use the operator's page",
                cluster.namespace
            )));
        }
        let [first, _] = LOOPBACK_PORTS;
        if wanted.paste {
            let question = AuthorizationUrl::of(connection, first)?;
            return Ok(Self { question, listener: None });
        }
        let (listener, port) = listener::listen().await?;
        let question = AuthorizationUrl::of(connection, port)?;
        Ok(Self { question, listener: Some(listener) })
    }

    /// Sends the person to the provider and waits for the answer; none where the time is over.
    pub(super) async fn receive(
        &self,
        wanted: &AuthorizeArguments,
        patience: &Deadline,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Callback>, CliError> {
        let AuthorizationUrl { uri, redirect_uri, state, .. } = &self.question;
        let Some(listener) = &self.listener else {
            return self.paste(wanted, patience, terminal).await;
        };
        terminal.prompt(
            wanted.output.form,
            &format!(
                "Open this address and give consent; the answer is waited for at {redirect_uri}:\n\n  {uri}\n"
            ),
        );
        let [first, _] = LOOPBACK_PORTS;
        if redirect_uri.port() != Some(first) {
            terminal.stderr(&format!(
                "Port {first} is taken: this redirect URI has to be registered at the provider as well."
            ));
        }
        if !wanted.no_browser {
            browser::show(uri.as_str(), terminal);
        }
        let receiving = listener::receive(listener, redirect_uri, state);
        Ok(tokio::time::timeout(patience.left(), receiving).await.ok())
    }

    /// Asks for the address that a browser elsewhere ended at.
    async fn paste(
        &self,
        wanted: &AuthorizeArguments,
        patience: &Deadline,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Callback>, CliError> {
        let AuthorizationUrl { uri, redirect_uri, state, .. } = &self.question;
        terminal.prompt(
            wanted.output.form,
            &format!(
                "Open this address in any browser and give consent:\n\n  {uri}\n\nThe browser ends at a page of {redirect_uri} that it cannot load. Copy that page's address and paste it here:\n"
            ),
        );
        let mut lines = lines();
        loop {
            let Ok(line) = tokio::time::timeout(patience.left(), lines.recv()).await else {
                return Ok(None);
            };
            let Some(line) = line else {
                let ended = "no address was pasted: run the same command again";
                return Err(CliError::Cannot(ended.to_owned()));
            };
            let line = line.map_err(CliError::System)?;
            if line.trim().is_empty() {
                continue;
            }
            let address = callback::pasted(&line, redirect_uri);
            match address.map(|one| callback::read(&one, redirect_uri, state)) {
                Some(Ok(received)) => return Ok(Some(received)),
                Some(Err(error)) => terminal.stderr(&format!("{error}; paste it again:")),
                None => terminal.stderr("that is no address; paste it again:"),
            }
        }
    }
}

/// The lines of the standard input. They are read on a thread that the process does not wait for:
/// nobody may ever end the line.
fn lines() -> mpsc::Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
