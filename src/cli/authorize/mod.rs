//! `authorize`: the one step that needs a person. A ticket is made, and its digest put on the
//! Connection by the caller's own rights: who may change the Connection may authorize it.

mod begin;
mod browser;
mod listener;
mod loopback;
mod outcome;
mod received;

use crate::cli::arguments::AuthorizeArguments;
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use begin::Begun;

/// Gives consent, by the operator's page or by an own listener.
pub async fn run(
    cluster: &Cluster,
    wanted: &AuthorizeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = begin::ready(cluster, &wanted.name).await?;
    let own = wanted.loopback || wanted.paste;
    let page = begin::page(&connection).filter(|_| !own);
    if page.is_none() && !own {
        terminal.remark("The operator has no page (--public-url): the answer is received here, as with --loopback.");
    }
    if page.is_none() && wanted.no_wait {
        return Err(CliError::Arguments("--no-wait needs the operator's page"));
    }
    let begun = begin::begin(cluster, &connection).await?;
    match page {
        Some(page) => by_page(&page, &begun, wanted, terminal),
        None => loopback::run(cluster, &connection, &begun, wanted, terminal).await?,
    }
    if wanted.no_wait {
        return Ok(Exit::NeedsAuthorization);
    }
    outcome::wait(cluster, &connection, &begun, wanted.timeout, terminal).await
}

/// Sends the person to the operator's page.
fn by_page(page: &str, begun: &Begun, wanted: &AuthorizeArguments, terminal: &mut Terminal<'_>) {
    terminal.answer(&format!(
        "Open this page within ten minutes, in one browser only:\n\n  {}\n",
        begun.link(page)
    ));
    if !wanted.no_browser {
        browser::show(&begun.link(page), terminal);
    }
}
