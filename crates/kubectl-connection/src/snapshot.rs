//! A Connection as it is now: read from the API server, observed as the operator observes it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;

use crate::cluster::Cluster;
use crate::error::CliError;
use crate::failure_from_status;
use connection_client::api::connection::Connection;
use connection_client::api::{convert, names};
use connection_client::observation::desired;
use connection_client::observation::grant_facts::FoundGrantSecret;
use connection_client::observation::observe::{Observation, observe};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::secret_summary::SecretSummary;

/// A Connection and the Secrets around it.
pub(crate) struct Snapshot {
    /// Whom it is of.
    pub subject: ObservedConnection,
    /// The Secrets, by name.
    pub secrets: BTreeMap<String, SecretAccess>,
    /// The facts; none where a Secret may not be read, for then they would be guesses.
    pub observation: Option<Observation>,
    /// Name of the token Secret.
    pub token_secret: String,
    /// Name of the Secret of the refresh token, whether or not there is one.
    pub grant_secret: String,
}

/// A Secret, as far as the caller may see it.
pub(crate) enum SecretAccess {
    /// The caller may not.
    Hidden,
    /// There is none.
    Missing,
    /// It is there.
    SecretView(Box<SecretView>),
}

/// A Secret without its values.
pub(crate) struct SecretView {
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// The names of its data.
    pub keys: BTreeSet<String>,
}

impl Snapshot {
    /// Reads what a Connection names, and observes it at `now`.
    pub(crate) async fn at(
        cluster: &Cluster,
        connection: Connection,
        now: Timestamp,
    ) -> Result<Self, CliError> {
        let subject = ObservedConnection::new(Arc::new(connection));
        let token_secret = convert::token_secret(&subject.connection);
        let grant_secret = names::grant_secret(&subject.name);
        let mut names = BTreeSet::from([token_secret.clone(), grant_secret.clone()]);
        let refs = desired::secret_refs(&subject.connection);
        names.extend(refs.iter().map(|reference| reference.name.clone()));
        let mut secrets = BTreeMap::new();
        // What an observation asks for may depend on what it was told before.
        let observation = loop {
            secrets.extend(see(cluster, std::mem::take(&mut names)).await?);
            let missing = RefCell::new(BTreeSet::new());
            let lookup = |name: &str| {
                let known = secrets.get(name);
                if known.is_none() {
                    missing.borrow_mut().insert(name.to_owned());
                }
                known.and_then(SecretAccess::facts)
            };
            let grant = FoundGrantSecret::look_up(&subject, &lookup).record;
            let remembered = failure_from_status::of(&subject.connection, &grant);
            let observation = observe(&subject, &lookup, remembered, now);
            names = missing.into_inner();
            if names.is_empty() {
                break observation;
            }
        };
        let hidden = secrets.values().any(|one| matches!(one, SecretAccess::Hidden));
        let observation = (!hidden).then_some(observation);
        Ok(Self { subject, secrets, observation, token_secret, grant_secret })
    }
}

impl SecretAccess {
    /// What an observation takes of it.
    fn facts(&self) -> Option<SecretSummary> {
        self.there().map(|there| SecretSummary::new(&there.metadata))
    }

    /// The Secret, where it is there.
    pub(crate) fn there(&self) -> Option<&SecretView> {
        match self {
            Self::SecretView(there) => Some(there),
            Self::Hidden | Self::Missing => None,
        }
    }
}

async fn see(
    cluster: &Cluster,
    names: BTreeSet<String>,
) -> Result<BTreeMap<String, SecretAccess>, CliError> {
    let api = cluster.secrets();
    join_all(names.into_iter().map(|name| see_one(&api, name))).await.into_iter().collect()
}

async fn see_one(api: &Api<Secret>, name: String) -> Result<(String, SecretAccess), CliError> {
    let seen = match api.get_opt(&name).await {
        Ok(None) => SecretAccess::Missing,
        // The values end here.
        Ok(Some(secret)) => SecretAccess::SecretView(Box::new(SecretView {
            keys: secret.data.unwrap_or_default().into_keys().collect(),
            metadata: secret.metadata,
        })),
        Err(kube::Error::Api(status)) if status.code == 403 => SecretAccess::Hidden,
        Err(error) => return Err(CliError::call(format!("reading Secret `{name}`"))(error)),
    };
    Ok((name, seen))
}
