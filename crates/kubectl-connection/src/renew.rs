//! `renew`: asks the operator for new tokens, and waits for them if wanted.

use std::time::Duration;

use kube::api::{ListParams, Patch, PatchParams};
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

/// The field manager of what the plugin writes.
const MANAGER: &str = "kubectl-connection";

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Asks for new tokens. One that cannot be asked for keeps none of the others.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &RenewArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let chosen = chosen(cluster, wanted).await?;
    let mut renewals = RenewalReport::new(wanted);
    if chosen.is_empty() {
        terminal.stderr("There is no such Connection: nothing is renewed.");
    }
    let patience = Deadline::of(wanted.timeout);
    let value = clock::now().to_string();
    let mut asked = Vec::new();
    for connection in chosen {
        let asking = match connection.spec.suspend {
            Some(true) => Err("is suspended: set spec.suspend to false first".to_owned()),
            _ => ask(cluster, &connection, &value).await.map_err(|error| error.to_string()),
        };
        match asking {
            Err(why) => renewals.add(&connection, RenewalOutcome::Failed(why), terminal),
            Ok(()) if wanted.wait => asked.push(connection),
            Ok(()) => renewals.add(&connection, RenewalOutcome::Requested, terminal),
        }
    }
    for before in asked {
        let found = settled(cluster, &before, &value, &patience).await;
        let found = found.unwrap_or_else(|error| RenewalOutcome::Failed(error.to_string()));
        renewals.add(&before, found, terminal);
    }
    Ok(renewals.end(terminal))
}

async fn chosen(cluster: &Cluster, wanted: &RenewArguments) -> Result<Vec<Connection>, CliError> {
    let several = wanted.all || wanted.selector.is_some();
    match (wanted.names.is_empty(), several) {
        (true, false) => return Err(CliError::Arguments("give names, -l SELECTOR or --all")),
        (false, true) => {
            return Err(CliError::Arguments("give names, or -l or --all, and not both"));
        }
        (false, false) if wanted.all_namespaces => {
            return Err(CliError::Arguments("-A goes with -l or --all"));
        }
        (false, false) => {
            let mut found = Vec::new();
            for name in &wanted.names {
                found.push(cluster.connection(name).await?);
            }
            return Ok(found);
        }
        (true, true) => {}
    }
    let mut params = ListParams::default();
    if let Some(selector) = &wanted.selector {
        params = params.labels(selector);
    }
    let listed = cluster.connections_in(wanted.all_namespaces).list(&params).await;
    Ok(listed.map_err(CliError::call("listing Connections"))?.items)
}

fn api(cluster: &Cluster, connection: &Connection) -> Api<Connection> {
    let namespace = connection.namespace().unwrap_or_default();
    Api::namespaced(cluster.client.clone(), &namespace)
}

async fn ask(cluster: &Cluster, connection: &Connection, value: &str) -> Result<(), CliError> {
    let name = connection.name_any();
    let patch = Patch::Merge(
        json!({ "metadata": { "annotations": { RENEW_REQUESTED_AT_ANNOTATION: value } } }),
    );
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched = api(cluster, connection).patch_metadata(&name, &params, &patch).await;
    patched.map_err(CliError::call(format!("annotating Connection `{name}`")))?;
    Ok(())
}

/// Looks until the operator has answered, or the time is over. A look that fails for a moment ends
/// nothing.
async fn settled(
    cluster: &Cluster,
    before: &Connection,
    value: &str,
    patience: &Deadline,
) -> Result<RenewalOutcome, CliError> {
    let (api, name, stopwatch) = (api(cluster, before), before.name_any(), Stopwatch::start());
    loop {
        let over = patience.is_over();
        let read = api.get(&name).await;
        match read.map_err(CliError::call(format!("reading Connection `{name}`"))) {
            Ok(now) => {
                let waited = if over { Duration::MAX } else { stopwatch.elapsed() };
                match outcome(before, &now, value, waited) {
                    RenewalOutcome::Waiting if over => return Ok(RenewalOutcome::TimedOut),
                    RenewalOutcome::Waiting => {}
                    found => return Ok(found),
                }
            }
            Err(error) if over || !error.is_passing() => return Err(error),
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE.min(patience.left())).await;
    }
}
