//! `status NAME`: all that is to be known of one Connection, on one screen.
//! Gathers what the verb shows into a view, which is printed for people or for programs.

mod events;
mod gather;
mod next;
mod text;
mod view;

use crate::cli::arguments::{Form, StatusArguments};
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::look::Look;
use crate::cli::terminal::Terminal;
use crate::clock;

/// Shows a Connection.
pub async fn run(
    cluster: &Cluster,
    wanted: &StatusArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = cluster.connection(&wanted.name).await?;
    let events = events::of(cluster, &connection).await;
    let now = clock::now();
    let look = Look::at(cluster, connection, now).await?;
    let view = gather::view(&look, events, now);
    match wanted.output.form {
        Form::Json => terminal.answer(&json::text(&view)),
        Form::Text => terminal.answer(&text::of(&view, now)),
    }
    Ok(view.saying.exit())
}
