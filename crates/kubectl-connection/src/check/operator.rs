//! Checks that an operator runs: by the status of Connections, otherwise by its Deployment.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::check::line::CheckLine;
use crate::cluster::Cluster;
use connection_client::api::connection::Connection;
use connection_core::clock;

const CHECK: &str = "operator";

/// The delay after which the operator is late to process a change or a renewal.
const GRACE_PERIOD: SignedDuration = SignedDuration::from_secs(60);

/// The label of the operator's Deployment, set by its chart.
const LABEL: &str = "app.kubernetes.io/name=connection-operator";

const REMEDY: &str = "check that it runs, and its logs: `kubectl get deployments -A -l app.kubernetes.io/name=connection-operator`";

/// Reports whether an operator processes the Connections of the namespace.
pub(super) async fn line(cluster: &Cluster) -> CheckLine {
    // One namespace only: most users may not list the Connections of all.
    let connections = match cluster.list_connections(false, None).await {
        Ok(connections) => connections,
        Err(error) => return CheckLine::unknown(CHECK, error.to_string()),
    };
    match from_connections(&connections, &cluster.namespace, clock::now()) {
        Some(line) => line,
        None => from_deployment(cluster).await,
    }
}

/// Judges by the status of the Connections. None if the status allows no conclusion.
fn from_connections(
    connections: &[Connection],
    namespace: &str,
    now: Timestamp,
) -> Option<CheckLine> {
    let late = connections.iter().filter(|connection| is_late(connection, now));
    let late: Vec<_> = late.map(ResourceExt::name_any).collect();
    // Before the current ones: their status may date from before the operator stopped.
    if !late.is_empty() {
        let names = late.join(", ");
        let message = format!("does not process {names} in namespace {namespace}: {REMEDY}");
        return Some(CheckLine::failed(CHECK, message));
    }
    let (current, all) =
        (connections.iter().filter(|connection| is_current(connection)).count(), connections.len());
    let message =
        format!("up to date with {current} of {all} Connections in namespace {namespace}");
    (current > 0).then(|| CheckLine::ok(CHECK, message))
}

/// Returns true if the operator has observed the current generation.
fn is_current(connection: &Connection) -> bool {
    let observed = connection.status.as_ref().and_then(|status| status.observed_generation);
    // Otherwise two missing generations would count as equal.
    observed.is_some() && observed == connection.metadata.generation
}

/// Returns true if an action of the operator is overdue.
fn is_late(connection: &Connection, now: Timestamp) -> bool {
    let past = |time: Timestamp| now.duration_since(time) > GRACE_PERIOD;
    if !is_current(connection) {
        // The time of the last change is unknown, so the creation counts.
        return connection.creation_timestamp().is_some_and(|time| past(time.0));
    }
    let group = connection.status.as_ref().and_then(|status| status.connection_group.as_ref());
    group.and_then(|group| group.next_refresh_at).is_some_and(past)
}

async fn from_deployment(cluster: &Cluster) -> CheckLine {
    let api = Api::<Deployment>::all(cluster.client.clone());
    let Ok(deployments) = api.list(&ListParams::default().labels(LABEL)).await else {
        return CheckLine::unknown(
            CHECK,
            "not detected: the namespace has no Connection with a status, and you may not list Deployments: create a Connection, and run the check again",
        );
    };
    let ready_replicas = |deployment: &Deployment| {
        let status = deployment.status.as_ref();
        status.and_then(|status| status.ready_replicas).unwrap_or_default()
    };
    let name = |deployment: &Deployment| {
        format!("{}/{}", deployment.namespace().unwrap_or_default(), deployment.name_any())
    };
    // Several releases may be installed: report the healthiest.
    match deployments.items.iter().max_by_key(|deployment| ready_replicas(deployment)) {
        Some(deployment) if ready_replicas(deployment) > 0 => {
            CheckLine::ok(CHECK, format!("Deployment {} is ready", name(deployment)))
        }
        Some(deployment) => CheckLine::failed(
            CHECK,
            format!(
                "Deployment {} has no ready pod: run `kubectl describe`, and check its logs",
                name(deployment)
            ),
        ),
        // Not a failure: an operator that was installed without the chart may lack the label.
        None => CheckLine::unknown(
            CHECK,
            "not detected: no Deployment has its label, and the namespace has no Connection with a status: install the operator, or create a Connection",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn connection(name: &str, observed: i64, next: &str) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": name, "generation": 2, "creationTimestamp": "2027-01-15T07:00:00Z" },
            "spec": { "flow": "JWT" },
            "status": { "observedGeneration": observed, "connectionGroup": { "nextRefreshAt": next } },
        }))
        .unwrap()
    }

    #[test]
    fn an_operator_is_up_to_date_or_late() {
        let now = "2027-01-15T08:00:00Z".parse().unwrap();
        let line = |connections: &[Connection]| {
            from_connections(connections, "team-a", now).map(|line| line.to_string())
        };
        let current = || connection("crm", 2, "2027-01-15T08:30:00Z");
        assert_eq!(line(&[]), None);
        let lines = [
            line(&[current(), current()]).unwrap(),
            line(&[current(), connection("erp", 1, "2027-01-15T08:30:00Z")]).unwrap(),
            line(&[current(), connection("erp", 2, "2027-01-15T07:58:00Z")]).unwrap(),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        ✓ operator: up to date with 2 of 2 Connections in namespace team-a
        ✗ operator: does not process erp in namespace team-a: check that it runs, and its logs: `kubectl get deployments -A -l app.kubernetes.io/name=connection-operator`
        ✗ operator: does not process erp in namespace team-a: check that it runs, and its logs: `kubectl get deployments -A -l app.kubernetes.io/name=connection-operator`
        ");
    }
}
