//! What all reconciliations share.

use std::sync::Arc;

use kube::Client;
use kube::runtime::reflector::Store;
use tokio::sync::Semaphore;

use crate::controller::enrollment::Enrollment;
use crate::controller::metadata_cache::MetadataCache;
use crate::controller::signer_cache::SignerCache;
use crate::controller::state_cache::StateCache;
use crate::leadership::Leadership;
use crate::metrics::Metrics;
use connection_client::api::connection::Connection;
use connection_client::net::clients::HttpClients;
use connection_client::store::secret_cache::SecretCache;
use connection_core::connection::consent_page::ConsentPage;
use connection_core::connection::digest::Digest;
use connection_core::random;

/// Keystores that are opened at the same time.
const OPENED_AT_ONCE: usize = 4;

/// What all reconciliations share.
pub struct Context {
    /// The Kubernetes API.
    pub client: Client,
    /// The way to token endpoints.
    pub http: HttpClients,
    /// Whether every Secret must say where it may be sent to.
    pub require_allowed_hosts: bool,
    /// Where people give consent.
    pub page: ConsentPage,
    /// Whom this process claims grants as.
    pub holder: String,
    /// Whether this process may send and write now.
    pub leadership: Leadership,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The Connections, as the watch knows them.
    pub connections: Store<Connection>,
    /// The Secrets, as the watch and our own writes know them.
    pub secrets: Arc<SecretCache>,
    /// The namespaces, where each is watched on its own.
    pub enrollment: Option<Enrollment>,
    pub(super) states: StateCache,
    pub(super) metadata: MetadataCache,
    /// Keystores that are opened at the same time: hard work for a processor.
    pub(super) keystore_slots: Semaphore,
    pub(super) signers: SignerCache,
}

impl Context {
    /// Puts together what all reconciliations share.
    #[must_use]
    pub fn new(
        client: Client,
        http: HttpClients,
        require_allowed_hosts: bool,
        page: ConsentPage,
        leadership: Leadership,
        metrics: Arc<Metrics>,
        connections: Store<Connection>,
    ) -> Self {
        Self {
            client,
            http,
            require_allowed_hosts,
            page,
            holder: holder(),
            leadership,
            metrics,
            connections,
            secrets: Arc::default(),
            enrollment: None,
            states: StateCache::default(),
            signers: SignerCache::default(),
            metadata: MetadataCache::default(),
            keystore_slots: Semaphore::new(OPENED_AT_ONCE),
        }
    }

    /// Uses Secrets in enrolled namespaces alone.
    #[must_use]
    pub fn enrolled_only(self, enrollment: Option<Enrollment>) -> Self {
        Self { enrollment, ..self }
    }
}

/// No two processes have the same name, not even one after the other.
fn holder() -> String {
    Digest::of_bytes(&random::bytes::<16>()).to_string()
}
