//! Whom an observation is of.

use std::sync::Arc;

use kube::ResourceExt;

use crate::api::connection::Connection;
use connection_core::connection::facts::Activity;

/// A Connection as it was seen, with its identity at hand.
#[derive(Clone)]
pub struct ObservedConnection {
    /// The resource.
    pub connection: Arc<Connection>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl ObservedConnection {
    /// Takes the identity out of a Connection.
    #[must_use]
    pub fn of(connection: Arc<Connection>) -> Self {
        Self {
            namespace: connection.namespace().unwrap_or_default(),
            name: connection.name_any(),
            uid: connection.uid().unwrap_or_default(),
            connection,
        }
    }

    /// Whether it is to be worked on.
    #[must_use]
    pub fn activity(&self) -> Activity {
        if self.connection.metadata.deletion_timestamp.is_some() {
            Activity::Deleting
        } else if self.connection.spec.suspend == Some(true) {
            Activity::Suspended
        } else {
            Activity::Active
        }
    }
}
