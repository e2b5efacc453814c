//! The Connection of an observation.

use std::sync::Arc;

use kube::ResourceExt;

use crate::api::connection::Connection;
use connection_core::connection::facts::Activity;

/// A Connection with its identity.
#[derive(Clone)]
pub struct ObservedConnection {
    pub connection: Arc<Connection>,
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

impl ObservedConnection {
    pub fn new(connection: Arc<Connection>) -> Self {
        Self {
            namespace: connection.namespace().unwrap_or_default(),
            name: connection.name_any(),
            uid: connection.uid().unwrap_or_default(),
            connection,
        }
    }

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
