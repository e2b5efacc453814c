//! Which Connections use which keystores, and the passwords that they name.

use kube::ResourceExt;
use kube::api::ListParams;

use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::observation::desired;
use connection_core::connection::desired::{DesiredAssertion, KeyLocation};

/// A Connection that uses a keystore.
pub(super) struct User {
    /// Its name.
    pub connection: String,
    /// Where it looks.
    pub location: KeyLocation,
}

/// The users of the namespace.
///
/// # Errors
///
/// Returns an error when Connections may not be listed.
pub(super) async fn of(cluster: &Cluster) -> Result<Vec<User>, CliError> {
    let listed = cluster.connections().list(&ListParams::default()).await;
    let mut users = Vec::new();
    for connection in listed.map_err(CliError::call("listing Connections"))? {
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
    /// Whether this place is where it looks.
    pub(super) fn uses(&self, secret: &str, key: &str) -> bool {
        let named = self.location.key.as_deref();
        self.location.secret == secret && named.is_none_or(|named| named == key)
    }
}
