//! Waits for what the authorization comes to.

use std::time::Duration;

use kube::ResourceExt;

use crate::authorize::start::StartedAuthorization;
use crate::cluster::Cluster;
use crate::deadline::Deadline;
use crate::error::CliError;
use connection_client::api::connection::Connection;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Waits until the operator has handled the ticket; none where the time is over. A look that fails for
/// a moment ends nothing: a person may need minutes.
pub(super) async fn wait(
    cluster: &Cluster,
    before: &Connection,
    begun: &StartedAuthorization,
    patience: &Deadline,
) -> Result<Option<Connection>, CliError> {
    let name = before.name_any();
    let digest = begun.digest().to_string();
    loop {
        match cluster.connection(&name).await {
            Ok(connection) if has_handled(&connection, &digest) => return Ok(Some(connection)),
            Err(error) if patience.is_over() || !error.is_passing() => return Err(error),
            Ok(_) if patience.is_over() => return Ok(None),
            _ => tokio::time::sleep(PAUSE.min(patience.left())).await,
        }
    }
}

fn has_handled(connection: &Connection, digest: &str) -> bool {
    let status = connection.status.as_ref();
    let authorization = status.and_then(|status| status.authorization.as_ref());
    authorization.and_then(|one| one.last_handled_ticket.as_deref()) == Some(digest)
}
