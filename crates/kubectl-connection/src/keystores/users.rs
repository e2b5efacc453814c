//! The Connections that use keystores, and the password keys that they name.

use kube::ResourceExt;
use kube::api::ListParams;

use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::observation::desired;
use connection_core::connection::desired::{DesiredAssertion, KeyLocation};

/// A Connection that uses a keystore.
pub(super) struct User {
    /// Name of the Connection.
    pub connection: String,
    /// The keystore reference.
    pub location: KeyLocation,
}

/// Lists the users of keystores in the namespace.
///
/// # Errors
///
/// Returns an error if the Connections cannot be listed.
pub(super) async fn list(cluster: &Cluster) -> Result<Vec<User>, CliError> {
    let listed = cluster.connections().list(&ListParams::default()).await;
    let mut users = Vec::new();
    for connection in listed.map_err(CliError::call("listing Connections"))? {
        // An invalid spec uses no keystore.
        let Ok(desired) = desired::desired_state(&connection) else { continue };
        let signed = desired.request.assertions().filter_map(|assertion| match assertion {
            DesiredAssertion::Signed(signed) => Some(&signed.key),
            DesiredAssertion::Static { .. } => None,
        });
        for location in signed.chain(&desired.request.identity) {
            let connection = connection.name_any();
            users.push(User { connection, location: location.clone() });
        }
    }
    Ok(users)
}

impl User {
    /// Returns whether the user refers to this keystore. A reference without a key matches all.
    pub(super) fn uses(&self, secret: &str, key: &str) -> bool {
        let own_key = self.location.key.as_deref();
        self.location.secret == secret && own_key.is_none_or(|own_key| own_key == key)
    }
}
