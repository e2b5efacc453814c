//! `check [NAME]`: whether all is there that the plugin and the operator need, a line for each part,
//! with the remedy where it is not. Changes nothing.

mod cluster;
mod definition;
mod endpoint;
mod line;
mod operator;
mod rights;

use crate::arguments::{CheckArguments, OutputFormat};
use crate::check::line::{Line, Mark};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::terminal::Terminal;

/// Checks, and tells of each part as soon as it is known.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &CheckArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let mut lines = Vec::new();
    let people = wanted.output.form == OutputFormat::Text;
    let mut tell = |found: Vec<Line>| {
        if people {
            for line in &found {
                terminal.answer(&line.to_string());
            }
        }
        lines.extend(found);
    };
    // Without an answer there is nothing else to ask.
    tell(cluster::lines(cluster).await?);
    tell(definition::lines(cluster).await);
    tell(rights::lines(cluster).await);
    tell(operator::lines(cluster).await);
    if let Some(name) = &wanted.name {
        tell(endpoint::lines(cluster, name).await?);
    }
    if !people {
        terminal.answer(&json::text(&lines));
    }
    let failed = lines.iter().any(|line| line.mark == Mark::Failed);
    Ok(if failed { Exit::Error } else { Exit::Ready })
}
