//! `get`: lists Connections with durations, which the printer columns of the CRD cannot show.

use jiff::Timestamp;
use kube::ResourceExt;
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

/// A Connection in the list. The names are those of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionRow {
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
    arguments: &GetArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connections = connections(cluster, arguments).await?;
    let now = clock::now();
    let rows: Vec<ConnectionRow> =
        connections.iter().map(|connection| row(connection, now)).collect();
    match arguments.output.format {
        OutputFormat::Json => terminal.stdout(&json::pretty(&rows)),
        // As kubectl does: standard output stays empty for scripts.
        OutputFormat::Text if rows.is_empty() => terminal.stderr(&not_found(cluster, arguments)),
        OutputFormat::Text => terminal.stdout(&text(&rows, arguments.all_namespaces, now)),
    }
    Ok(Exit::Ready)
}

async fn connections(
    cluster: &Cluster,
    arguments: &GetArguments,
) -> Result<Vec<Connection>, CliError> {
    let selector = arguments.selector.as_deref();
    if arguments.names.is_empty() {
        return cluster.list_connections(arguments.all_namespaces, selector).await;
    }
    // As kubectl does: a name is unique only in a namespace, and a selector already selects.
    if arguments.all_namespaces || selector.is_some() {
        return Err(CliError::PluginArguments("set either names, or -l or -A"));
    }
    cluster.connections_by_name(&arguments.names).await
}

fn not_found(cluster: &Cluster, arguments: &GetArguments) -> String {
    let matching = if arguments.selector.is_some() { " matching the selector" } else { "" };
    if arguments.all_namespaces {
        format!("No Connections{matching} found in any namespace.")
    } else {
        format!("No Connections{matching} found in namespace {}.", cluster.namespace)
    }
}

fn row(connection: &Connection, now: Timestamp) -> ConnectionRow {
    let conditions = ConditionsView::from_status(connection, now);
    let group = connection.status.as_ref().and_then(|status| status.connection_group.as_ref());
    ConnectionRow {
        namespace: connection.namespace().unwrap_or_default(),
        name: connection.name_any(),
        ready: conditions.ready,
        flow: connection.spec.flow.as_str().to_owned(),
        expires_at: group.and_then(|group| group.expires_at),
        next_refresh_at: conditions.next_refresh_at,
        secret: convert::token_secret(connection),
        created_at: connection.creation_timestamp().map(|time| time.0),
    }
}

fn text(rows: &[ConnectionRow], with_namespace: bool, now: Timestamp) -> String {
    const HEADINGS: [&str; 9] =
        ["NAMESPACE", "NAME", "READY", "REASON", "FLOW", "EXPIRES-IN", "NEXT", "SECRET", "AGE"];
    let skipped = usize::from(!with_namespace);
    let mut lines = vec![HEADINGS.map(str::to_owned)[skipped..].to_vec()];
    lines.extend(rows.iter().map(|row| cells(row, now)[skipped..].to_vec()));
    table::columns(lines.iter().map(Vec::as_slice))
}

fn cells(row: &ConnectionRow, now: Timestamp) -> [String; 9] {
    let none = || "-".to_owned();
    let remaining = |time: Timestamp| {
        if time <= now { "expired".to_owned() } else { duration(time.duration_since(now)) }
    };
    [
        row.namespace.clone(),
        row.name.clone(),
        row.ready.status.clone(),
        row.ready.reason.clone(),
        row.flow.clone(),
        row.expires_at.map_or_else(none, remaining),
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
    fn a_list_shows_the_remaining_lifetimes() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let row = ConnectionRow {
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
        let expired = ConnectionRow {
            ready: ConditionView {
                status: "False".to_owned(),
                reason: "TokenExpired".to_owned(),
                message: String::new(),
            },
            expires_at: Some(now),
            next_refresh_at: None,
            ..row.clone()
        };
        let rows = [row, expired];
        insta::assert_snapshot!(text(&rows, false, now), @"
        NAME   READY   REASON         FLOW   EXPIRES-IN   NEXT     SECRET      AGE
        crm    True    TokenIssued    JWT    52m          in 32m   crm-token   10d
        crm    False   TokenExpired   JWT    expired      -        crm-token   10d
        ");
        insta::assert_snapshot!(text(&rows, true, now), @"
        NAMESPACE   NAME   READY   REASON         FLOW   EXPIRES-IN   NEXT     SECRET      AGE
        team-a      crm    True    TokenIssued    JWT    52m          in 32m   crm-token   10d
        team-a      crm    False   TokenExpired   JWT    expired      -        crm-token   10d
        ");
    }
}
