//! Whether an operator is seen at work: by what it did to Connections, else by its Deployment.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::check::line::Line;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_core::clock;

const PART: &str = "operator";

/// How long a change or a renewal may wait for the operator.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// The label of the operator's Deployment, as its chart sets it.
const LABEL: &str = "app.kubernetes.io/name=connection-operator";

/// Where to look, for messages.
const REMEDY: &str = "see whether it runs and what it logs, by kubectl get deployments -A -l app.kubernetes.io/name=connection-operator";

/// Whether an operator is seen at work.
pub(super) async fn lines(cluster: &Cluster) -> Vec<Line> {
    let connections = match cluster.connections().list(&ListParams::default()).await {
        Ok(list) => list.items,
        Err(error) => {
            let error = CliError::call("listing Connections")(error);
            return vec![Line::unknown(PART, format!("whether it acts cannot be seen: {error}"))];
        }
    };
    vec![match from_connections(&connections, clock::now()) {
        Some(line) => line,
        None => by_deployment(cluster).await,
    }]
}

/// What the Connections tell; nothing where there is none to act on.
fn from_connections(connections: &[Connection], now: Timestamp) -> Option<Line> {
    let late: Vec<_> = connections.iter().filter(|one| is_late(one, now)).collect();
    let seen = connections.iter().filter(|one| is_seen(one)).count();
    if !late.is_empty() {
        let names: Vec<_> = late.iter().map(|one| one.name_any()).collect();
        let message = format!("does not act on {} of the namespace: {REMEDY}", names.join(", "));
        return Some(Line::bad(PART, message));
    }
    (seen > 0).then(|| {
        Line::good(
            PART,
            format!(
                "acts: {seen} of {} Connections of the namespace are as it left them",
                connections.len()
            ),
        )
    })
}

fn is_seen(connection: &Connection) -> bool {
    let observed = connection.status.as_ref().and_then(|status| status.observed_generation);
    observed.is_some() && observed == connection.metadata.generation
}

/// Whether the operator should have done something a while ago.
fn is_late(connection: &Connection, now: Timestamp) -> bool {
    let past = |time: Timestamp| now.duration_since(time) > PATIENCE;
    if !is_seen(connection) {
        // When the spec was changed is not known; when it was created is.
        return connection.creation_timestamp().is_some_and(|time| past(time.0));
    }
    let group = connection.status.as_ref().and_then(|status| status.connection_group.as_ref());
    group.and_then(|one| one.next_refresh_at).is_some_and(past)
}

async fn by_deployment(cluster: &Cluster) -> Line {
    let api = Api::<Deployment>::all(cluster.client.clone());
    let Ok(found) = api.list(&ListParams::default().labels(LABEL)).await else {
        return Line::unknown(
            PART,
            "is not seen: there is no Connection in the namespace that it acts on, and you may not list Deployments; create a Connection",
        );
    };
    let ready = |one: &Deployment| {
        one.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default()
    };
    match found.items.iter().max_by_key(|one| ready(one)) {
        Some(one) if ready(one) > 0 => Line::good(
            PART,
            format!(
                "runs: Deployment {}/{} is ready",
                one.namespace().unwrap_or_default(),
                one.name_any()
            ),
        ),
        Some(one) => Line::bad(
            PART,
            format!(
                "Deployment {}/{} has no ready pod: see its events and logs, by kubectl describe",
                one.namespace().unwrap_or_default(),
                one.name_any()
            ),
        ),
        None => Line::unknown(
            PART,
            "is not seen: no Deployment has its label, and there is no Connection in the namespace that it acts on; install it, or create a Connection",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn connection(name: &str, seen: i64, next: &str) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": name, "generation": 2, "creationTimestamp": "2027-01-15T07:00:00Z" },
            "spec": { "flow": "JWT" },
            "status": { "observedGeneration": seen, "connectionGroup": { "nextRefreshAt": next } },
        }))
        .unwrap()
    }

    #[test]
    fn an_operator_is_known_by_its_deeds() {
        let now = "2027-01-15T08:00:00Z".parse().unwrap();
        let said = |connections: &[Connection]| {
            from_connections(connections, now).map(|line| line.to_string())
        };
        let good = || connection("crm", 2, "2027-01-15T08:30:00Z");
        assert_eq!(said(&[]), None);
        assert!(said(&[good()]).unwrap().starts_with("✓ operator: acts: 1 of 1"));
        for late in [
            connection("erp", 1, "2027-01-15T08:30:00Z"),
            connection("erp", 2, "2027-01-15T07:58:00Z"),
        ] {
            let line = said(&[good(), late]).unwrap();
            assert!(line.starts_with("✗ operator: does not act on erp of the namespace"), "{line}");
        }
    }
}
