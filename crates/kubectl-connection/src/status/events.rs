//! The latest events of a Connection.

use std::cmp::Reverse;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event as ApiEvent;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::cluster::Cluster;
use crate::status::view::Event;
use connection_client::api::connection::Connection;

/// The number of events that are shown.
const LIMIT: usize = 5;

/// Returns the latest events, the newest first. None if they cannot be listed: the other lines of
/// `status` are still useful.
pub(super) async fn list(cluster: &Cluster, connection: &Connection) -> Option<Vec<Event>> {
    let api = Api::<ApiEvent>::namespaced(cluster.client.clone(), &cluster.namespace);
    let uid = connection.uid().unwrap_or_default();
    // By uid: events of a deleted Connection with this name are excluded. Without a limit, because
    // the API server does not sort by time.
    let params = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let listed = api.list(&params).await.ok()?;
    let mut events: Vec<_> = listed.items.into_iter().map(event).collect();
    events.sort_by_key(|event| Reverse(event.at));
    events.truncate(LIMIT);
    Some(events)
}

fn event(event: ApiEvent) -> Event {
    // Clients of events.k8s.io set only `eventTime`.
    let at: Option<Timestamp> = event
        .last_timestamp
        .map(|time| time.0)
        .or(event.event_time.map(|time| time.0))
        .or(event.first_timestamp.map(|time| time.0));
    Event {
        kind: event.type_.unwrap_or_default(),
        reason: event.reason.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
        at,
    }
}
