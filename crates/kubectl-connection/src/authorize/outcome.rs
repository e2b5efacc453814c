//! Waits for the outcome of an authorization.

use std::time::Duration;

use kube::ResourceExt;

use crate::authorize::start::StartedAuthorization;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use connection_client::api::connection::Connection;

/// The interval between two reads of the Connection.
const POLL_INTERVAL: Duration = Duration::from_millis(400);

/// Waits until the operator has handled the ticket. Returns None after the deadline. Retries transient
/// errors, because a user may need minutes.
pub(super) async fn wait(
    cluster: &Cluster,
    before: &Connection,
    started: &StartedAuthorization,
    deadline: &Deadline,
) -> Result<Option<Connection>, CliError> {
    let name = before.name_any();
    let digest = started.digest().to_string();
    loop {
        match cluster.connection(&name).await {
            // Before the deadline: the last read may find the outcome.
            Ok(connection) if has_handled(&connection, &digest) => return Ok(Some(connection)),
            Err(error) if deadline.is_over() || !error.is_transient() => return Err(error),
            Ok(_) if deadline.is_over() => return Ok(None),
            _ => tokio::time::sleep(POLL_INTERVAL.min(deadline.remaining())).await,
        }
    }
}

fn has_handled(connection: &Connection, digest: &str) -> bool {
    let status = connection.status.as_ref();
    let authorization = status.and_then(|status| status.authorization.as_ref());
    // By digest: another user may authorize the same Connection at the same time.
    authorization.and_then(|status| status.last_handled_ticket.as_deref()) == Some(digest)
}
