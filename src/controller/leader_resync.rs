//! Wakes every Connection when this process begins to lead: while it did not, none was worked on.

use std::sync::Arc;

use futures::channel::mpsc::UnboundedSender;
use kube::runtime::reflector::ObjectRef;

use crate::controller::context::Context;
use connection_client::api::connection::Connection;

/// Wakes all at each beginning, as long as it is polled.
pub(super) async fn requeue_all_on_leadership(
    context: Arc<Context>,
    waker: UnboundedSender<ObjectRef<Connection>>,
) {
    let mut leadership = context.leadership.clone();
    let mut acquisitions = 0;
    loop {
        acquisitions = leadership.wait_for_leadership(acquisitions).await;
        let connections = context.connections.state();
        tracing::info!(count = connections.len(), "every Connection is looked at");
        for connection in connections {
            // Nobody listens any more when the operator is stopping.
            let _ = waker.unbounded_send(ObjectRef::from_obj(&*connection));
        }
    }
}
