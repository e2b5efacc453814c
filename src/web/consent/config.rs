//! The configuration of the consent page, from the operator's arguments.

use std::net::SocketAddr;
use std::sync::Arc;

use kube::Client;
use kube::runtime::reflector::Store;
use url::Url;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::web::consent::public_url::{self, PublicUrlError};
use crate::web::consent::session_key::SessionKeySource;
use connection_client::api::connection::Connection;
use connection_client::store::secret_cache::SecretCache;

/// The configuration of the consent page and the caches that it reads.
pub struct ConsentPageConfig {
    pub(super) public_url: Url,
    pub(super) address: SocketAddr,
    pub(super) key: SessionKeySource,
    pub(super) client: Client,
    pub(super) connections: Store<Connection>,
    pub(super) secrets: Arc<SecretCache>,
    pub(super) metrics: Arc<Metrics>,
}

impl ConsentPageConfig {
    /// Returns the configuration; none without a public URL.
    ///
    /// # Errors
    ///
    /// Returns an error if the public URL is not allowed.
    pub fn new(
        config: &Config,
        client: &Client,
        (connections, secrets): (&Store<Connection>, &Arc<SecretCache>),
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Self>, PublicUrlError> {
        let Some(public_url) = config.public_url.clone() else { return Ok(None) };
        public_url::check(&public_url, config.allow_loopback)?;
        let name = config.session_key_secret.clone();
        let key = match config.operator_namespace.clone() {
            Some(namespace) => SessionKeySource::Secret { namespace, name },
            // Without a namespace, there is no place for a Secret.
            None => SessionKeySource::Process,
        };
        Ok(Some(Self {
            public_url,
            address: config.consent_bind_address,
            key,
            client: client.clone(),
            connections: connections.clone(),
            secrets: Arc::clone(secrets),
            metrics: Arc::clone(metrics),
        }))
    }
}
