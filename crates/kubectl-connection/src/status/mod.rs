//! `status NAME`: the state of a Connection on one screen.
//! Gathers a view from the resource, its Secrets and its events, and prints it as text or JSON.

mod events;
mod gather;
mod snapshot;
mod text;
mod view;

use crate::arguments::{OutputFormat, StatusArguments};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::status::snapshot::Snapshot;
use crate::terminal::Terminal;
use connection_core::clock;

/// Prints the state of a Connection.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &StatusArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = cluster.connection(&arguments.name).await?;
    let events = events::list(cluster, &connection).await;
    let snapshot = Snapshot::read(cluster, connection).await?;
    let now = clock::now();
    let view = gather::view(&snapshot, events, now);
    match arguments.output.format {
        OutputFormat::Json => terminal.stdout(&json::pretty(&view)),
        OutputFormat::Text => terminal.stdout(&text::render(&view, now)),
    }
    Ok(view.conditions.exit())
}
