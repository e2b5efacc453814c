//! The HTTP clients. Connections with equal transports share a client, and so its TLS connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::net::client::HttpClient;
use crate::net::egress_policy::{EgressDenied, EgressPolicy, Route};
use crate::net::error::BuildError;
use crate::net::proxy::ProxyServer;
use crate::net::transport::Transport;
use crate::net::trust::Trust;
use crate::net::truststore_cache::TruststoreCache;
use connection_core::clock::Stopwatch;
use connection_core::connection::digest::Digest;

/// An unused client is dropped after this time: it holds a private key, and the key's Secret may
/// have changed.
const IDLE_LIMIT: Duration = Duration::from_mins(10);

/// Caches the HTTP clients by transport.
pub struct HttpClients {
    egress_policy: Arc<EgressPolicy>,
    environment_proxy: bool,
    idle_limit: Duration,
    clients: Mutex<HashMap<Digest, CachedClient>>,
    truststores: TruststoreCache,
}

struct CachedClient {
    client: Arc<HttpClient>,
    last_use: Stopwatch,
}

impl HttpClients {
    /// Creates an empty cache. If `environment_proxy` is true, Connections without a proxy use those
    /// of the environment variables.
    pub fn new(egress_policy: EgressPolicy, environment_proxy: bool) -> Self {
        Self {
            egress_policy: Arc::new(egress_policy),
            environment_proxy,
            idle_limit: IDLE_LIMIT,
            clients: Mutex::default(),
            truststores: TruststoreCache::default(),
        }
    }

    /// Returns the truststore, shared with all Connections that have an equal one.
    pub fn intern(&self, trust: Trust) -> Trust {
        self.truststores.intern(trust)
    }

    /// Returns the client for a transport, or an error if its certificates cannot be used.
    pub fn get(&self, transport: &Transport) -> Result<Arc<HttpClient>, BuildError> {
        let key = transport.key();
        if let Some(client) = self.cached(key, None) {
            return Ok(client);
        }
        // Outside of the lock, because parsing certificates takes time.
        let built = Arc::new(HttpClient::new(
            transport.build(&self.egress_policy, self.environment_proxy)?,
            transport.is_proxied(self.environment_proxy),
        ));
        // Another task may have built one in between: then its client is shared.
        Ok(self.cached(key, Some(&built)).unwrap_or(built))
    }

    /// Returns the cached client of a transport. If there is none, caches `built`. Drops idle
    /// clients.
    fn cached(&self, key: Digest, built: Option<&Arc<HttpClient>>) -> Option<Arc<HttpClient>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        // On each use, because no task of its own cleans the cache.
        clients.retain(|_, client| client.last_use.elapsed() < self.idle_limit);
        let last_use = Stopwatch::start();
        if let Some(cached) = clients.get_mut(&key) {
            cached.last_use = last_use;
            return Some(Arc::clone(&cached.client));
        }
        let client = Arc::clone(built?);
        clients.insert(key, CachedClient { client: Arc::clone(&client), last_use });
        Some(client)
    }

    /// Checks that the egress policy allows the endpoint and the proxy of the transport.
    pub fn check(&self, endpoint: &Url, transport: &Transport) -> Result<(), EgressDenied> {
        let proxied = transport.is_proxied(self.environment_proxy);
        self.egress_policy.check(endpoint, if proxied { Route::Proxied } else { Route::Direct })?;
        // The resolver does not see addresses, so that they are checked here.
        match transport.proxy.as_ref().and_then(ProxyServer::ip_address) {
            Some(address) if !self.egress_policy.allows_address(address) => Err(EgressDenied),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
