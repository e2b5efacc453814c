//! `get`: Connections in a table, with durations, which the columns of the resource cannot show.

use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::ListParams;
use serde::Serialize;

use crate::arguments::{GetArguments, OutputFormat};
use crate::cluster::Cluster;
use crate::conditions::{ConditionView, ConditionsView};
use crate::error::CliError;
use crate::exit::Exit;
use crate::humanize::{duration, relative};
use crate::json;
use crate::table;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_client::api::convert;
use connection_core::clock;

/// One Connection in the list. The names are what `-o json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    namespace: String,
    name: String,
    ready: ConditionView,
    flow: String,
    expires_at: Option<Timestamp>,
    next_refresh_at: Option<Timestamp>,
    secret: String,
    created_at: Option<Timestamp>,
}

/// Lists Connections.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &GetArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connections = listed(cluster, wanted).await?;
    let rows: Vec<Row> = connections.iter().map(row).collect();
    match wanted.output.form {
        OutputFormat::Json => terminal.answer(&json::text(&rows)),
        OutputFormat::Text if rows.is_empty() => terminal.stderr(&nothing(cluster, wanted)),
        OutputFormat::Text => terminal.answer(&text(&rows, wanted.all_namespaces, clock::now())),
    }
    Ok(Exit::Ready)
}

async fn listed(cluster: &Cluster, wanted: &GetArguments) -> Result<Vec<Connection>, CliError> {
    if wanted.names.is_empty() {
        let api = cluster.connections_in(wanted.all_namespaces);
        let params = wanted
            .selector
            .as_deref()
            .map_or_else(ListParams::default, |selector| ListParams::default().labels(selector));
        let found = api.list(&params).await.map_err(CliError::call("listing Connections"))?;
        return Ok(found.items);
    }
    if wanted.all_namespaces || wanted.selector.is_some() {
        return Err(CliError::Arguments("give names, or -l or -A, and not both"));
    }
    let mut found = Vec::new();
    for name in &wanted.names {
        found.push(cluster.connection(name).await?);
    }
    Ok(found)
}

fn nothing(cluster: &Cluster, wanted: &GetArguments) -> String {
    let matching = if wanted.selector.is_some() { " of these labels" } else { "" };
    if wanted.all_namespaces {
        format!("There is no Connection{matching} in any namespace.")
    } else {
        format!("There is no Connection{matching} in namespace {}.", cluster.namespace)
    }
}

fn row(connection: &Connection) -> Row {
    let saying = ConditionsView::told(connection);
    let group = connection.status.as_ref().and_then(|status| status.connection_group.as_ref());
    Row {
        namespace: connection.namespace().unwrap_or_default(),
        name: connection.name_any(),
        ready: saying.ready,
        flow: connection.spec.flow.as_str().to_owned(),
        expires_at: group.and_then(|one| one.expires_at),
        next_refresh_at: saying.next_refresh_at,
        secret: convert::token_secret(connection),
        created_at: connection.creation_timestamp().map(|time| time.0),
    }
}

fn text(rows: &[Row], with_namespace: bool, now: Timestamp) -> String {
    const HEADINGS: [&str; 9] =
        ["NAMESPACE", "NAME", "READY", "REASON", "FLOW", "EXPIRES-IN", "NEXT", "SECRET", "AGE"];
    let skipped = usize::from(!with_namespace);
    let mut lines = vec![HEADINGS.map(str::to_owned)[skipped..].to_vec()];
    lines.extend(rows.iter().map(|row| cells(row, now)[skipped..].to_vec()));
    table::columns(lines.iter().map(Vec::as_slice))
}

fn cells(row: &Row, now: Timestamp) -> [String; 9] {
    let none = || "-".to_owned();
    let left = |time: Timestamp| {
        if time <= now { "expired".to_owned() } else { duration(time.duration_since(now)) }
    };
    [
        row.namespace.clone(),
        row.name.clone(),
        row.ready.status.clone(),
        row.ready.reason.clone(),
        row.flow.clone(),
        row.expires_at.map_or_else(none, left),
        row.next_refresh_at.map_or_else(none, |time| relative(time, now)),
        row.secret.clone(),
        row.created_at.map_or_else(none, |time| duration(now.duration_since(time))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_list_shows_what_is_left() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let row = Row {
            namespace: "team-a".to_owned(),
            name: "crm".to_owned(),
            ready: ConditionView {
                status: "True".to_owned(),
                reason: "TokenIssued".to_owned(),
                message: String::new(),
            },
            flow: "JWT".to_owned(),
            expires_at: Some(now + SignedDuration::from_mins(52)),
            next_refresh_at: Some(now + SignedDuration::from_mins(32)),
            secret: "crm-token".to_owned(),
            created_at: Some(now - SignedDuration::from_hours(240)),
        };
        let late = Row { expires_at: Some(now), next_refresh_at: None, ..row.clone() };
        assert_eq!(
            text(&[row, late], false, now),
            "NAME   READY   REASON        FLOW   EXPIRES-IN   NEXT     SECRET      AGE\n\
             crm    True    TokenIssued   JWT    52m          in 32m   crm-token   10d\n\
             crm    True    TokenIssued   JWT    expired      -        crm-token   10d\n"
        );
    }
}
