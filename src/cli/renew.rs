//! `renew`: asks the operator for new tokens, and waits for them if wanted.

use std::time::Duration;

use jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::api::connection::Connection;
use crate::api::names::RENEW_AT_ANNOTATION;
use crate::cli::arguments::RenewArguments;
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::human::duration;
use crate::cli::renew::outcome::{Outcome, outcome};
use crate::cli::terminal::Terminal;
use crate::clock::{self, Stopwatch};

mod outcome;

/// The field manager of what the plugin writes.
const MANAGER: &str = "kubectl-connection";

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Asks for new tokens.
pub async fn run(
    cluster: &Cluster,
    wanted: &RenewArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let chosen = chosen(cluster, wanted).await?;
    if chosen.is_empty() {
        terminal.remark("There is no such Connection: nothing is renewed.");
        return Ok(Exit::Ready);
    }
    let stopwatch = Stopwatch::start();
    let value = clock::now().to_string();
    let mut asked = Vec::new();
    let mut exit = Exit::Ready;
    for connection in chosen {
        let name = shown(&connection, wanted.all_namespaces);
        if connection.spec.suspend == Some(true) {
            terminal.remark(&format!("{name}: is suspended: set spec.suspend to false first"));
            exit = Exit::Error;
            continue;
        }
        ask(cluster, &connection, &value).await?;
        if !wanted.wait {
            terminal.answer(&format!("{name}: renewal asked for"));
        }
        asked.push((name, connection));
    }
    if !wanted.wait {
        return Ok(exit);
    }
    for (name, before) in asked {
        let limit = wanted.timeout.saturating_sub(stopwatch.elapsed());
        match settled(cluster, &before, &value, limit).await? {
            Outcome::Renewed(expires_at) => terminal.answer(&renewed(&name, expires_at)),
            other => {
                terminal.remark(&format!("{name}: {}", other.sentence()));
                exit = Exit::Error;
            }
        }
    }
    Ok(exit)
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

fn shown(connection: &Connection, with_namespace: bool) -> String {
    let name = connection.name_any();
    match connection.namespace().filter(|_| with_namespace) {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name,
    }
}

fn api(cluster: &Cluster, connection: &Connection) -> Api<Connection> {
    let namespace = connection.namespace().unwrap_or_default();
    Api::namespaced(cluster.client.clone(), &namespace)
}

async fn ask(cluster: &Cluster, connection: &Connection, value: &str) -> Result<(), CliError> {
    let name = connection.name_any();
    let patch =
        Patch::Merge(json!({ "metadata": { "annotations": { RENEW_AT_ANNOTATION: value } } }));
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched = api(cluster, connection).patch_metadata(&name, &params, &patch).await;
    patched.map_err(CliError::call(format!("annotating Connection `{name}`")))?;
    Ok(())
}

/// Looks until the operator has answered, or the time is over.
async fn settled(
    cluster: &Cluster,
    before: &Connection,
    value: &str,
    limit: Duration,
) -> Result<Outcome, CliError> {
    let (api, name, stopwatch) = (api(cluster, before), before.name_any(), Stopwatch::start());
    loop {
        let read = api.get(&name).await;
        let now = read.map_err(CliError::call(format!("reading Connection `{name}`")))?;
        let found = outcome(before, &now, value, stopwatch.elapsed());
        match found {
            Outcome::Waiting if stopwatch.elapsed() >= limit => return Ok(Outcome::TimedOut),
            Outcome::Waiting => tokio::time::sleep(PAUSE).await,
            found => return Ok(found),
        }
    }
}

fn renewed(name: &str, expires_at: Option<Timestamp>) -> String {
    match expires_at {
        Some(end) => {
            format!("{name}: renewed, valid for {}", duration(end.duration_since(clock::now())))
        }
        None => format!("{name}: renewed"),
    }
}
