//! Holds responses until a test lets them go.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate in front of responses, closed until it is opened or dropped with all of its clones.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn opened(&self) {
        // Never fails: this clone holds the sender.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}
