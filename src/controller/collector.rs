//! Metrics of each Connection, made of the watch's cache when they are asked for: they cost nothing
//! until then.

use kube::ResourceExt;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::api::connection::Connection;
use crate::api::status::ConnectionGroup;
use crate::controller::events::condition;

/// Tells of each Connection.
#[derive(Debug)]
pub struct ConnectionCollector(pub Store<Connection>);

/// A value of a Connection, where it has one.
type Value = fn(&Connection) -> Option<f64>;

/// Name, help and value of each metric.
const METRICS: [(&str, &str, Value); 4] = [
    ("connection_ready", "Whether a usable token is in the Secret, 0 or 1", ready),
    (
        "token_expiration_timestamp_seconds",
        "When the token expires, seconds since the epoch",
        |one| seconds(one, |group| group.expires_at),
    ),
    (
        "token_next_refresh_timestamp_seconds",
        "When the token is renewed or tried again, seconds since the epoch",
        |one| seconds(one, |group| group.next_refresh_at),
    ),
    (
        "certificate_expiration_timestamp_seconds",
        "When the certificate of the signing key expires, seconds since the epoch",
        |one| seconds(one, |group| group.certificate_not_after),
    ),
];

impl Collector for ConnectionCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let connections = self.0.state();
        for (name, help, value) in METRICS {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for connection in &connections {
                let Some(value) = value(connection) else { continue };
                let namespace = connection.namespace().unwrap_or_default();
                let labels = [("namespace", namespace), ("name", connection.name_any())];
                ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn ready(connection: &Connection) -> Option<f64> {
    let status = connection.status.as_ref()?;
    Some(if condition(status, "Ready")?.status == "True" { 1.0 } else { 0.0 })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since the epoch fit into 52 bits for a while"
)]
fn seconds(
    connection: &Connection,
    time: fn(&ConnectionGroup) -> Option<jiff::Timestamp>,
) -> Option<f64> {
    let group = connection.status.as_ref()?.connection_group.as_ref()?;
    time(group).map(|time| time.as_second() as f64)
}
