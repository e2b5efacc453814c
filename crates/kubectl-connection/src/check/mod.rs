//! `check [NAME]`: checks the prerequisites of the plugin and the operator, one line per check, with
//! a remedy if it fails. Read-only.

mod cluster;
mod definition;
mod endpoint;
mod line;
mod operator;
mod rights;

use crate::arguments::{CheckArguments, OutputFormat};
use crate::check::line::{CheckLine, Mark};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::terminal::Terminal;

/// Runs the checks and prints each result as soon as it is available.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &CheckArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let mut lines = Vec::new();
    let text = arguments.output.format == OutputFormat::Text;
    let mut report = |results: Vec<CheckLine>| {
        if text {
            for line in &results {
                terminal.stdout(&line.to_string());
            }
        }
        lines.extend(results);
    };
    // All other checks need the API server.
    report(cluster::lines(cluster).await?);
    report(vec![definition::line(cluster).await]);
    report(rights::lines(cluster).await);
    report(vec![operator::line(cluster).await]);
    if let Some(name) = &arguments.name {
        report(endpoint::lines(cluster, name).await?);
    }
    if !text {
        terminal.stdout(&json::pretty(&lines));
    }
    let failed = lines.iter().any(|line| line.mark == Mark::Failed);
    Ok(if failed { Exit::Error } else { Exit::Ready })
}
