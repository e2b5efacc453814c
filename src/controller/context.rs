//! The state that all reconciliations share.

use std::sync::Arc;

use kube::Client;
use kube::runtime::reflector::Store;
use tokio::sync::Semaphore;

use crate::controller::enrollment::Enrollment;
use crate::controller::metadata_cache::MetadataCache;
use crate::controller::secret_refs::SecretRefIndex;
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

/// Keystores that are decrypted at the same time.
const KEYSTORE_SLOTS: usize = 4;

pub struct Context {
    pub client: Client,
    pub(super) http: HttpClients,
    /// True if each Secret must have the annotation `allowed-hosts`.
    pub require_allowed_hosts: bool,
    pub page: ConsentPage,
    /// The identity under which this process claims grants.
    pub holder: String,
    pub leadership: Leadership,
    pub metrics: Arc<Metrics>,
    /// The cache of the Connection watch.
    pub connections: Store<Connection>,
    /// The cache of the Secret watches and of this process's own writes.
    pub secrets: Arc<SecretCache>,
    /// The namespaces that are watched one by one; none if the operator watches all Secrets.
    pub enrollment: Option<Enrollment>,
    pub(super) secret_refs: SecretRefIndex,
    pub(super) states: StateCache,
    pub(super) metadata: MetadataCache,
    /// Limits the keystores that are decrypted at the same time, which is expensive.
    pub(super) keystore_slots: Semaphore,
    pub(super) signers: SignerCache,
}

impl Context {
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
            secret_refs: SecretRefIndex::default(),
            states: StateCache::default(),
            signers: SignerCache::default(),
            metadata: MetadataCache::default(),
            keystore_slots: Semaphore::new(KEYSTORE_SLOTS),
        }
    }

    /// Restricts the use of Secrets to enrolled namespaces.
    #[must_use]
    pub fn enrolled_only(self, enrollment: Option<Enrollment>) -> Self {
        Self { enrollment, ..self }
    }
}

/// Returns an identity that no other process has, including an earlier one of the same pod.
fn holder() -> String {
    // Random, because a restarted container keeps the name of its pod.
    Digest::from_bytes(&random::bytes::<16>()).to_string()
}
