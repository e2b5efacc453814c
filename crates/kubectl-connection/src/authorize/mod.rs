//! `authorize`: the one step that needs a person. A ticket is made, and its digest put on the
//! Connection by the caller's own rights: who may change the Connection may authorize it.

mod browser;
mod callback;
mod handoff;
mod listener;
mod loopback;
mod outcome;
mod page;
mod request;
mod result;
mod start;

use std::time::Duration;

use crate::arguments::AuthorizeArguments;
use crate::authorize::loopback::Loopback;
use crate::authorize::result::{AuthorizationOutcome, AuthorizationResult};
use crate::authorize::start::StartedAuthorization;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;

/// How long the operator has at least for an answer that was handed over.
const EXCHANGE: Duration = Duration::from_secs(20);

/// What is said where nobody gave consent.
const TIMED_OUT: &str = "nobody gave consent in time: run the same command again";

/// What is said where the operator does not act.
const IDLE: &str = "the answer was handed over, and the operator did not act on it: see `kubectl connection check`";

/// Which way the provider's answer takes.
enum Method {
    Loopback(Box<Loopback>),
    Page(String),
}

/// Gives consent, by the operator's page or by an own listener.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = start::ready(cluster, &wanted.name, terminal).await?;
    let patience = Deadline::of(wanted.timeout);
    let way = way(cluster, &connection, wanted, terminal).await?;
    let begun = start::begin(cluster, &connection).await?;
    let ended = match way {
        Method::Page(page) => {
            let link = begun.link(&page);
            by_page(cluster, &connection, &begun, &link, (wanted, &patience), terminal).await?
        }
        Method::Loopback(own) => {
            by_loopback(cluster, &connection, &begun, &own, (wanted, &patience), terminal).await?
        }
    };
    Ok(ended.tell(wanted.output.form, terminal))
}

/// Chooses the way, and finds out whether it can be gone.
async fn way(
    cluster: &Cluster,
    connection: &Connection,
    wanted: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Method, CliError> {
    let own = wanted.loopback || wanted.paste;
    match start::page(connection).filter(|_| !own) {
        Some(page) => Ok(Method::Page(page)),
        None if wanted.no_wait => Err(CliError::Arguments("--no-wait needs the operator's page")),
        None => {
            if !own {
                terminal.stderr("The operator has no page (--public-url): the answer is received here, as with --loopback.");
            }
            Ok(Method::Loopback(Box::new(Loopback::open(cluster, connection, wanted).await?)))
        }
    }
}

/// Sends the person to the operator's page.
async fn by_page(
    cluster: &Cluster,
    connection: &Connection,
    begun: &StartedAuthorization,
    link: &str,
    (wanted, patience): (&AuthorizeArguments, &Deadline),
    terminal: &mut Terminal<'_>,
) -> Result<AuthorizationResult, CliError> {
    terminal.prompt(
        wanted.output.form,
        &format!("Open this page within ten minutes, in one browser only:\n\n  {link}\n"),
    );
    if !wanted.no_browser {
        browser::show(link, terminal);
    }
    if wanted.no_wait {
        let message = "the page is open for ten minutes";
        return Ok(AuthorizationResult::of(
            connection,
            link,
            AuthorizationOutcome::Started,
            message,
        ));
    }
    Ok(match outcome::wait(cluster, connection, begun, patience).await? {
        Some(now) => AuthorizationResult::told(&now, link, connection),
        None => {
            AuthorizationResult::of(connection, link, AuthorizationOutcome::TimedOut, TIMED_OUT)
        }
    })
}

/// Receives the answer on this machine and hands it over.
async fn by_loopback(
    cluster: &Cluster,
    connection: &Connection,
    begun: &StartedAuthorization,
    own: &Loopback,
    (wanted, patience): (&AuthorizeArguments, &Deadline),
    terminal: &mut Terminal<'_>,
) -> Result<AuthorizationResult, CliError> {
    let uri = own.question.uri.as_str();
    let Some(received) = own.receive(wanted, patience, terminal).await? else {
        return Ok(AuthorizationResult::of(
            connection,
            uri,
            AuthorizationOutcome::TimedOut,
            TIMED_OUT,
        ));
    };
    handoff::over(cluster, connection, begun, &own.question, received).await?;
    let patience = patience.at_least(EXCHANGE);
    Ok(match outcome::wait(cluster, connection, begun, &patience).await? {
        Some(now) => AuthorizationResult::told(&now, uri, connection),
        None => AuthorizationResult::of(connection, uri, AuthorizationOutcome::Submitted, IDLE),
    })
}
