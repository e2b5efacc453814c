//! Without the operator's page: the plugin makes `state` and code verifier, receives the answer
//! itself, and hands it over in a Secret of the caller's namespace, by the caller's own rights.

use std::io::BufRead;

use kube::{Resource, ResourceExt};
use secrecy::SecretString;
use url::Url;

use crate::api::connection::Connection;
use crate::cli::arguments::AuthorizeArguments;
use crate::cli::authorize::begin::Begun;
use crate::cli::authorize::received::{self, Received};
use crate::cli::authorize::{browser, listener};
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::connection::consent_page::{LOOPBACK_PORTS, loopback_redirect_uri};
use crate::connection::ticket;
use crate::oauth::authorization::AuthorizationRequest;
use crate::oauth::pkce;
use crate::observation::wanted;
use crate::random;
use crate::store::hand_over::{self, CODE_VERIFIER, HandOverKind, REDIRECT_URI, TICKET};
use secrecy::ExposeSecret;

/// What the provider is asked with.
struct Question {
    uri: Url,
    redirect_uri: Url,
    state: String,
    verifier: Option<SecretString>,
}

/// Receives the provider's answer and hands it over.
pub async fn run(
    cluster: &Cluster,
    connection: &Connection,
    begun: &Begun,
    wanted: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let (question, received) = if wanted.paste {
        let question = question(connection, LOOPBACK_PORTS[0])?;
        let received = pasted(&question, terminal)?;
        (question, received)
    } else {
        let (listener, port) = listener::listen().await?;
        let question = question(connection, port)?;
        terminal.answer(&format!(
            "Open this address and give consent; the answer is waited for at {}:\n\n  {}\n",
            question.redirect_uri, question.uri
        ));
        if !wanted.no_browser {
            browser::show(question.uri.as_str(), terminal);
        }
        let Question { redirect_uri, state, .. } = &question;
        let received = listener::receive(&listener, redirect_uri, state, wanted.timeout).await?;
        (question, received)
    };
    hand_over(cluster, connection, begun, question, received).await
}

/// The authorization request of a Connection, with the redirect URI of a port of this machine.
fn question(connection: &Connection, port: u16) -> Result<Question, CliError> {
    let status = connection.status.as_ref().and_then(|status| status.authorization.as_ref());
    if status.is_some_and(|one| one.pushed == Some(true)) {
        return Err(CliError::Cannot(
            "this provider demands pushed authorization requests (RFC 9126), which only the operator's page can make: ask for --public-url, and leave --loopback and --paste out"
                .to_owned(),
        ));
    }
    let cannot = || CliError::Cannot("the authorization endpoint is not known".to_owned());
    let endpoint: Url =
        status.and_then(|one| one.endpoint.as_ref()?.parse().ok()).ok_or_else(cannot)?;
    let desired = wanted::desired(connection)?;
    let authorization = desired.authorization.ok_or_else(cannot)?;
    let namespace = connection.namespace().unwrap_or_default();
    let redirect_uri = loopback_redirect_uri(port, &namespace, &connection.name_any());
    let state = ticket::ticket(random::bytes()).expose_secret().to_owned();
    let verifier = authorization.pkce.then(|| pkce::verifier(random::bytes()));
    let request = AuthorizationRequest {
        client_id: desired.request.client.id().unwrap_or_default().to_owned(),
        redirect_uri: redirect_uri.clone(),
        scope: authorization.scope,
        state: state.clone(),
        code_challenge: verifier.as_ref().map(pkce::challenge),
        parameters: authorization.parameters,
    };
    let redirect_uri = redirect_uri.parse().map_err(|_| cannot())?;
    Ok(Question { uri: request.uri(&endpoint), redirect_uri, state, verifier })
}

/// Asks for the address that a browser elsewhere ended at.
fn pasted(question: &Question, terminal: &mut Terminal<'_>) -> Result<Received, CliError> {
    terminal.answer(&format!(
        "Open this address in any browser and give consent:\n\n  {}\n\nThe browser ends at a page of {} that it cannot load. Copy that page's address and paste it here:\n",
        question.uri, question.redirect_uri
    ));
    let ended = || CliError::Cannot("no address was pasted: run the same command again".to_owned());
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(CliError::System)?;
        if line.trim().is_empty() {
            continue;
        }
        let address = Url::parse(line.trim()).ok();
        match address.map(|one| received::read(&one, &question.redirect_uri, &question.state)) {
            Some(Ok(received)) => return Ok(received),
            Some(Err(error)) => terminal.remark(&format!("{error}; paste it again:")),
            None => terminal.remark("that is no address; paste it again:"),
        }
    }
    Err(ended())
}

async fn hand_over(
    cluster: &Cluster,
    connection: &Connection,
    begun: &Begun,
    question: Question,
    received: Received,
) -> Result<(), CliError> {
    let mut data = received.values;
    data.push((TICKET, begun.ticket.clone()));
    data.push((REDIRECT_URI, question.redirect_uri.as_str().into()));
    data.extend(question.verifier.map(|verifier| (CODE_VERIFIER, verifier)));
    let owner = connection.controller_owner_ref(&()).ok_or_else(|| {
        CliError::Cannot("the Connection has no uid: it was read from no cluster".to_owned())
    })?;
    let made =
        hand_over::create(&cluster.client, &cluster.namespace, owner, HandOverKind::Answer, &data);
    made.await.map(|_| ()).map_err(|error| {
        CliError::Cannot(format!(
            "the answer could not be handed over in a Secret of namespace `{}`: {error}: ask for the right to create Secrets there, or use the operator's page",
            cluster.namespace
        ))
    })
}
