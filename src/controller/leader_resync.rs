//! Requeues every Connection when this replica becomes leader; standbys do not reconcile.

use std::sync::Arc;

use futures::channel::mpsc::UnboundedSender;
use kube::runtime::reflector::ObjectRef;

use crate::controller::context::Context;
use connection_client::api::connection::Connection;

/// Requeues all Connections each time this replica becomes leader. Never returns.
pub(super) async fn requeue_all_on_leadership(
    context: Arc<Context>,
    waker: UnboundedSender<ObjectRef<Connection>>,
) {
    let mut leadership = context.leadership.clone();
    let mut acquisitions = 0;
    loop {
        // Compared by number, so that leadership lost and regained in between is not missed.
        acquisitions = leadership.wait_for_leadership(acquisitions).await;
        let connections = context.connections.state();
        tracing::info!(count = connections.len(), "requeueing all Connections");
        for connection in connections {
            // Fails only when the operator is stopping.
            let _ = waker.unbounded_send(ObjectRef::from_obj(&*connection));
        }
    }
}
