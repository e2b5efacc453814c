//! `renew`: requests new tokens from the operator, and waits for them with `--wait`.

use std::time::Duration;

use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::arguments::RenewArguments;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use crate::exit::Exit;
use crate::renew::outcome::{RenewalOutcome, outcome};
use crate::renew::output::RenewalReport;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use connection_core::clock::{self, Stopwatch};

mod outcome;
mod output;

/// The field manager of the plugin's patches.
const MANAGER: &str = "kubectl-connection";

/// The interval between two reads of a Connection.
const POLL_INTERVAL: Duration = Duration::from_millis(400);

/// Requests new tokens. If a request fails, the others are still made.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &RenewArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connections = selected(cluster, arguments).await?;
    let mut report = RenewalReport::new(arguments);
    if connections.is_empty() {
        terminal.stderr("No Connections found: nothing was renewed.");
    }
    // --timeout limits all renewals together.
    let deadline = Deadline::after(arguments.timeout);
    // One value for all: the status repeats it when the operator has handled the request.
    let value = clock::now().to_string();
    let mut pending = Vec::new();
    for connection in connections {
        let requested = match connection.spec.suspend {
            // The operator renews no suspended Connection, so --wait could only time out.
            Some(true) => Err("the Connection is suspended: set spec.suspend to false".to_owned()),
            _ => request(cluster, &connection, &value).await.map_err(|error| error.to_string()),
        };
        match requested {
            Err(cause) => report.add(&connection, RenewalOutcome::Failed(cause), terminal),
            Ok(()) if arguments.wait => pending.push(connection),
            Ok(()) => report.add(&connection, RenewalOutcome::Requested, terminal),
        }
    }
    // After all requests, so that the operator does not wait for the plugin between renewals.
    for before in pending {
        let outcome = wait(cluster, &before, &value, &deadline).await;
        let outcome = outcome.unwrap_or_else(|error| RenewalOutcome::Failed(error.to_string()));
        report.add(&before, outcome, terminal);
    }
    Ok(report.finish(terminal))
}

async fn selected(
    cluster: &Cluster,
    arguments: &RenewArguments,
) -> Result<Vec<Connection>, CliError> {
    let selector = arguments.selector.as_deref();
    match (arguments.names.is_empty(), arguments.all || selector.is_some()) {
        (true, false) => Err(CliError::PluginArguments("set names, -l SELECTOR or --all")),
        (false, true) => Err(CliError::PluginArguments("set either names, or -l or --all")),
        (false, false) if arguments.all_namespaces => {
            Err(CliError::PluginArguments("-A requires -l or --all"))
        }
        (false, false) => cluster.connections_by_name(&arguments.names).await,
        (true, true) => cluster.list_connections(arguments.all_namespaces, selector).await,
    }
}

fn api(cluster: &Cluster, connection: &Connection) -> Api<Connection> {
    // With -A a Connection may be in another namespace than the selected one.
    let namespace = connection.namespace().unwrap_or_default();
    Api::namespaced(cluster.client.clone(), &namespace)
}

async fn request(cluster: &Cluster, connection: &Connection, value: &str) -> Result<(), CliError> {
    let name = connection.name_any();
    // No server-side apply: the annotation of an earlier request may have another field manager.
    let patch = Patch::Merge(
        json!({ "metadata": { "annotations": { RENEW_REQUESTED_AT_ANNOTATION: value } } }),
    );
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched = api(cluster, connection).patch_metadata(&name, &params, &patch).await;
    patched.map_err(CliError::call(format!("annotating Connection `{name}`")))?;
    Ok(())
}

/// Polls the Connection until the operator has handled the request or the deadline is over. Retries
/// transient errors.
async fn wait(
    cluster: &Cluster,
    before: &Connection,
    value: &str,
    deadline: &Deadline,
) -> Result<RenewalOutcome, CliError> {
    let (api, name, stopwatch) = (api(cluster, before), before.name_any(), Stopwatch::start());
    loop {
        // Read after the deadline once more: the renewal may have finished during the pause.
        let over = deadline.is_over();
        let read = api.get(&name).await;
        match read.map_err(CliError::call(format!("reading Connection `{name}`"))) {
            Ok(now) => {
                // At the end an unchanged failure is a better answer than a timeout.
                let waited = if over { Duration::MAX } else { stopwatch.elapsed() };
                match outcome(before, &now, value, waited) {
                    RenewalOutcome::Waiting if over => return Ok(RenewalOutcome::TimedOut),
                    RenewalOutcome::Waiting => {}
                    outcome => return Ok(outcome),
                }
            }
            Err(error) if over || !error.is_transient() => return Err(error),
            Err(_) => {}
        }
        // Not beyond the deadline, so that the last read is in time.
        tokio::time::sleep(POLL_INTERVAL.min(deadline.remaining())).await;
    }
}
