//! What the page needs, from the operator's arguments.

use std::net::SocketAddr;
use std::sync::Arc;

use kube::Client;
use kube::runtime::reflector::Store;
use url::Url;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::web::consent::public_url::{self, PublicUrlError};
use crate::web::consent::session_key::KeyPlace;
use connection_client::api::connection::Connection;
use connection_client::store::secret_cache::SecretIndex;

/// What the page needs.
pub struct Setup {
    pub(super) public_url: Url,
    pub(super) address: SocketAddr,
    pub(super) key: KeyPlace,
    pub(super) client: Client,
    pub(super) connections: Store<Connection>,
    pub(super) secrets: Arc<SecretIndex>,
    pub(super) metrics: Arc<Metrics>,
}

impl Setup {
    /// Puts together what the page needs; none where there is no page.
    ///
    /// # Errors
    ///
    /// Returns why the public URL cannot be used.
    pub fn of(
        config: &Config,
        client: &Client,
        (connections, secrets): (&Store<Connection>, &Arc<SecretIndex>),
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Self>, PublicUrlError> {
        let Some(public_url) = config.public_url.clone() else { return Ok(None) };
        public_url::check(&public_url, config.allow_loopback)?;
        let name = config.session_key_secret.clone();
        let key = match config.operator_namespace.clone() {
            Some(namespace) => KeyPlace::Secret { namespace, name },
            None => KeyPlace::Process,
        };
        Ok(Some(Self {
            public_url,
            address: config.consent_address,
            key,
            client: client.clone(),
            connections: connections.clone(),
            secrets: Arc::clone(secrets),
            metrics: Arc::clone(metrics),
        }))
    }
}
