//! `status NAME`: all that is to be known of one Connection, on one screen.
//! Gathers what the verb shows into a view, which is printed for people or for programs.

mod events;
mod gather;
mod text;
mod view;

use crate::arguments::{OutputFormat, StatusArguments};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::snapshot::Snapshot;
use crate::terminal::Terminal;
use connection_core::clock;

/// Shows a Connection.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &StatusArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = cluster.connection(&wanted.name).await?;
    let events = events::of(cluster, &connection).await;
    let now = clock::now();
    let look = Snapshot::at(cluster, connection, now).await?;
    let view = gather::view(&look, events, now);
    match wanted.output.form {
        OutputFormat::Json => terminal.answer(&json::text(&view)),
        OutputFormat::Text => terminal.answer(&text::of(&view, now)),
    }
    Ok(view.saying.exit())
}
