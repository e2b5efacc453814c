//! `authorize`: obtains a user's consent. Creates a ticket and writes its digest to the Connection, so
//! everyone who may patch the Connection may authorize it.

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
use crate::authorize::result::{AuthorizationResult, CommandOutcome};
use crate::authorize::start::StartedAuthorization;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;

/// The minimum time for the operator to exchange a submitted code.
const EXCHANGE_TIME: Duration = Duration::from_secs(20);

const TIMED_OUT: &str = "timed out waiting for consent: run the command again";

const NOT_PROCESSED: &str = "timed out waiting for the operator to process the authorization response: run `kubectl connection check`";

/// The receiver of the authorization response.
enum Method {
    Loopback(Box<Loopback>),
    /// The operator's consent page, at this URL.
    Page(String),
}

/// Authorizes a Connection, with the consent page or with a loopback listener.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = start::ready(cluster, &arguments.name, terminal).await?;
    // The user's time starts when the operator is ready.
    let deadline = Deadline::after(arguments.timeout);
    let method = method(cluster, &connection, arguments, terminal).await?;
    // Last, so that a failed precondition leaves no ticket on the Connection.
    let started = start::start(cluster, &connection).await?;
    let result = match method {
        Method::Page(page) => {
            let link = started.link(&page);
            with_page(cluster, &connection, &started, &link, (arguments, &deadline), terminal)
                .await?
        }
        Method::Loopback(loopback) => {
            with_loopback(
                cluster,
                &connection,
                &started,
                &loopback,
                (arguments, &deadline),
                terminal,
            )
            .await?
        }
    };
    Ok(result.print(arguments.output.format, terminal))
}

/// Selects the method, and checks its preconditions.
async fn method(
    cluster: &Cluster,
    connection: &Connection,
    arguments: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Method, CliError> {
    let loopback = arguments.loopback || arguments.paste;
    match start::page(connection).filter(|_| !loopback) {
        Some(page) => Ok(Method::Page(page)),
        // Without the page, the plugin itself must wait for the response.
        None if arguments.no_wait => {
            Err(CliError::PluginArguments("--no-wait requires the consent page (--public-url)"))
        }
        None => {
            if !loopback {
                terminal
                    .stderr("The operator has no consent page (--public-url): using --loopback.");
            }
            Ok(Method::Loopback(Box::new(Loopback::open(cluster, connection, arguments).await?)))
        }
    }
}

/// Sends the user to the consent page.
async fn with_page(
    cluster: &Cluster,
    connection: &Connection,
    started: &StartedAuthorization,
    link: &str,
    (arguments, deadline): (&AuthorizeArguments, &Deadline),
    terminal: &mut Terminal<'_>,
) -> Result<AuthorizationResult, CliError> {
    terminal.prompt(
        arguments.output.format,
        &format!("Open this page within 10 minutes, in one browser only:\n\n  {link}\n"),
    );
    if !arguments.no_browser {
        browser::open(link, terminal);
    }
    if arguments.no_wait {
        let message = "the page is open for 10 minutes";
        return Ok(AuthorizationResult::new(connection, link, CommandOutcome::Started, message));
    }
    Ok(match outcome::wait(cluster, connection, started, deadline).await? {
        Some(now) => AuthorizationResult::from_status(&now, link, connection),
        None => AuthorizationResult::new(connection, link, CommandOutcome::TimedOut, TIMED_OUT),
    })
}

/// Receives the authorization response on this machine and submits it.
async fn with_loopback(
    cluster: &Cluster,
    connection: &Connection,
    started: &StartedAuthorization,
    loopback: &Loopback,
    (arguments, deadline): (&AuthorizeArguments, &Deadline),
    terminal: &mut Terminal<'_>,
) -> Result<AuthorizationResult, CliError> {
    let uri = loopback.request.uri.as_str();
    let Some(callback) = loopback.receive(arguments, deadline, terminal).await? else {
        return Ok(AuthorizationResult::new(connection, uri, CommandOutcome::TimedOut, TIMED_OUT));
    };
    handoff::submit(cluster, connection, started, &loopback.request, callback).await?;
    // Consent given in the last second still needs the operator's exchange.
    let deadline = deadline.at_least(EXCHANGE_TIME);
    Ok(match outcome::wait(cluster, connection, started, &deadline).await? {
        Some(now) => AuthorizationResult::from_status(&now, uri, connection),
        None => AuthorizationResult::new(connection, uri, CommandOutcome::Submitted, NOT_PROCESSED),
    })
}
