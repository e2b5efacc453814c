//! A Connection and the Secrets that it names, read from the API server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;

use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::api::{convert, names};
use connection_client::observation::desired;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::observation::token_secret_state::FoundTokenSecret;
use connection_client::store::secret_summary::SecretSummary;
use connection_core::connection::desired::Desired;
use connection_core::connection::secret_ref::SecretRefs;

/// A Connection and the Secrets that it names.
pub(super) struct Snapshot {
    pub connection: ObservedConnection,
    /// None if the spec is invalid; the status states why.
    pub desired: Option<Desired>,
    pub refs: SecretRefs,
    /// By name.
    pub secrets: BTreeMap<String, SecretVisibility>,
    /// Name of the token Secret.
    pub token_secret: String,
    /// Name of the Secret of the refresh token, whether or not it exists.
    pub grant_secret: String,
}

/// A Secret, as far as the caller may read it.
pub(super) enum SecretVisibility {
    Forbidden,
    Missing,
    Present(Box<SecretView>),
}

/// A Secret without its values.
pub(super) struct SecretView {
    metadata: ObjectMeta,
    /// The data keys.
    pub keys: BTreeSet<String>,
}

impl Snapshot {
    /// Reads the Secrets that a Connection names.
    ///
    /// # Errors
    ///
    /// Returns an error if a call fails, except for a missing permission.
    pub(super) async fn read(cluster: &Cluster, connection: Connection) -> Result<Self, CliError> {
        let connection = ObservedConnection::new(Arc::new(connection));
        let token_secret = convert::token_secret(&connection.connection);
        let grant_secret = names::grant_secret(&connection.name);
        let desired = desired::desired_state(&connection.connection).ok();
        let refs = desired::secret_refs(&connection.connection);
        let inputs = refs.iter().map(|reference| reference.name.clone());
        // A set, because several fields may name the same Secret.
        let names: BTreeSet<String> =
            inputs.chain([token_secret.clone(), grant_secret.clone()]).collect();
        let api = cluster.secrets();
        let reads = join_all(names.into_iter().map(|name| read_secret(&api, name))).await;
        let secrets = reads.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { connection, desired, refs, secrets, token_secret, grant_secret })
    }

    /// Returns true if the token Secret exists and is not managed by the Connection.
    pub(super) fn has_conflict(&self) -> bool {
        let secret = self.secrets.get(&self.token_secret).and_then(SecretVisibility::present);
        let summary = secret.map(|secret| SecretSummary::new(&secret.metadata));
        FoundTokenSecret::new(&self.connection, summary).is_foreign
    }
}

impl SecretVisibility {
    /// Returns the Secret if it exists and may be read.
    pub(super) fn present(&self) -> Option<&SecretView> {
        match self {
            Self::Present(secret) => Some(secret),
            Self::Forbidden | Self::Missing => None,
        }
    }
}

async fn read_secret(
    api: &Api<Secret>,
    name: String,
) -> Result<(String, SecretVisibility), CliError> {
    let access = match api.get_opt(&name).await {
        Ok(None) => SecretVisibility::Missing,
        // Drops the values: status never shows them.
        Ok(Some(secret)) => SecretVisibility::Present(Box::new(SecretView {
            keys: secret.data.unwrap_or_default().into_keys().collect(),
            metadata: secret.metadata,
        })),
        // A missing permission must not hide the rest of the status.
        Err(kube::Error::Api(status)) if status.code == 403 => SecretVisibility::Forbidden,
        Err(error) => return Err(CliError::call(format!("reading Secret `{name}`"))(error)),
    };
    Ok((name, access))
}
