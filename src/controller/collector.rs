//! Metrics of each Connection, computed from the watch cache at each scrape.

use jiff::Timestamp;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::controller::events::condition;
use connection_client::api::connection::Connection;
use connection_client::api::status::{ConnectionGroup, ConnectionStatus};
use connection_core::connection::reason::Reason;

#[derive(Debug)]
pub struct ConnectionCollector(pub Store<Connection>);

type Time = fn(&ConnectionStatus) -> Option<Timestamp>;

/// Name, help and value of each time.
const TIMES: [(&str, &str, Time); 5] = [
    ("token_issued_timestamp_seconds", "When the token was issued", |status| {
        group(status)?.issued_at
    }),
    ("token_expiration_timestamp_seconds", "When the token expires", |status| {
        group(status)?.expires_at
    }),
    (
        "token_next_refresh_timestamp_seconds",
        "When the token is renewed or the request is retried",
        |status| group(status)?.next_refresh_at,
    ),
    (
        "certificate_expiration_timestamp_seconds",
        "When the first of the certificates of signing key and client expires",
        |status| group(status)?.certificate_not_after,
    ),
    (
        "grant_expiration_timestamp_seconds",
        "When the grant of flow AuthorizationCode expires, if the provider states it",
        |status| status.authorization.as_ref()?.grant_expires_at,
    ),
];

/// Name and help of the metric of a condition, and the type of the condition.
const STATUSES: [(&str, &str, &str); 2] = [
    (
        "connection_ready_status",
        "Status of condition Ready, 1 for the current status: True if the Secret contains a valid token",
        "Ready",
    ),
    (
        "connection_authorized_status",
        "Status of condition Authorized, 1 for the current status: True if a user gave consent; flow AuthorizationCode only",
        "Authorized",
    ),
];

// A fixed set bounds the time series, because a user may write any text into a status.
const CONDITION_STATUSES: [&str; 3] = ["True", "False", "Unknown"];

const CONDITIONS: [&str; 5] = ["Ready", "Refreshed", "Authorized", "Reconciling", "Stalled"];

impl Collector for ConnectionCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        // Kept until the end, because the labels below borrow from the objects.
        let connections: Vec<_> = self.0.state();
        let connections: Vec<_> =
            connections.iter().map(|connection| ConnectionLabels::new(connection)).collect();
        for (name, help, kind) in STATUSES {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            statuses(metric, &connections, kind)?;
        }
        let help = "Conditions of each Connection with their reasons, 1 each";
        let metric = encoder.encode_descriptor(
            "connection_status_condition",
            help,
            None,
            MetricType::Gauge,
        )?;
        conditions(metric, &connections)?;
        for (name, help, time) in TIMES {
            let help = format!("{help}, seconds since the epoch");
            let metric = encoder.encode_descriptor(name, &help, None, MetricType::Gauge)?;
            times(metric, &connections, time)?;
        }
        Ok(())
    }
}

struct ConnectionLabels<'a> {
    namespace: &'a str,
    name: &'a str,
    status: Option<&'a ConnectionStatus>,
}

impl<'a> ConnectionLabels<'a> {
    fn new(connection: &'a Connection) -> Self {
        let metadata = &connection.metadata;
        Self {
            namespace: metadata.namespace.as_deref().unwrap_or_default(),
            name: metadata.name.as_deref().unwrap_or_default(),
            status: connection.status.as_ref(),
        }
    }

    fn labels<const MORE: usize>(
        &self,
        more: [(&'static str, &'a str); MORE],
    ) -> Vec<(&'static str, &'a str)> {
        [("namespace", self.namespace), ("name", self.name)].into_iter().chain(more).collect()
    }
}

/// 1 for the current status of a condition, 0 for the others. A Connection that was never reconciled
/// has no status; its readiness is unknown.
fn statuses(
    mut metric: MetricEncoder<'_>,
    connections: &[ConnectionLabels<'_>],
    kind: &str,
) -> Result<(), std::fmt::Error> {
    for connection in connections {
        let current = connection.status.and_then(|status| condition(status, kind));
        let current = current.map(|condition| condition.status.as_str());
        // Authorized exists in one flow only, so its absence is no status.
        let Some(current) = current.or_else(|| (kind == "Ready").then_some("Unknown")) else {
            continue;
        };
        // All three series always exist, so that the one of an earlier status falls to 0.
        for status in CONDITION_STATUSES {
            let labels = connection.labels([("condition", status)]);
            let value = i64::from(status == current);
            ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

/// The conditions of each Connection. A reason that is not a known one is left out, because anyone who
/// may write a status could create time series with it.
fn conditions(
    mut metric: MetricEncoder<'_>,
    connections: &[ConnectionLabels<'_>],
) -> Result<(), std::fmt::Error> {
    for connection in connections {
        for kind in CONDITIONS {
            let Some(current) = connection.status.and_then(|status| condition(status, kind)) else {
                continue;
            };
            let status = CONDITION_STATUSES.into_iter().find(|status| *status == current.status);
            let reason = Reason::from_name(&current.reason);
            let (Some(status), Some(reason)) = (status, reason) else { continue };
            let more = [("type", kind), ("status", status), ("reason", reason.as_str())];
            ConstGauge::new(1_i64).encode(metric.encode_family(&connection.labels(more))?)?;
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since the epoch fit into 52 bits for a while"
)]
fn times(
    mut metric: MetricEncoder<'_>,
    connections: &[ConnectionLabels<'_>],
    time: Time,
) -> Result<(), std::fmt::Error> {
    for connection in connections {
        // A time that is unknown has no series, because 0 would read as 1970.
        let Some(time) = connection.status.and_then(time) else { continue };
        let seconds = time.as_second() as f64;
        ConstGauge::new(seconds).encode(metric.encode_family(&connection.labels([]))?)?;
    }
    Ok(())
}

fn group(status: &ConnectionStatus) -> Option<&ConnectionGroup> {
    status.connection_group.as_ref()
}
