//! The HTTP clients, shared by all connections that travel alike: a client of one's own would cost
//! its connections and their handshakes.

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
use crate::net::truststore_cache::TrustInterner;
use connection_core::clock::Stopwatch;
use connection_core::connection::digest::Digest;

/// How long a client is kept that nobody asks for: it holds a private key, and the Secret that the
/// key is of may be another by now.
const IDLE_LIMIT: Duration = Duration::from_mins(10);

/// The HTTP clients.
pub struct HttpClients {
    guard: Arc<EgressPolicy>,
    environment_proxy: bool,
    idle_limit: Duration,
    clients: Mutex<HashMap<Digest, Kept>>,
    trusts: TrustInterner,
}

/// A client, and when it was asked for.
struct Kept {
    client: Arc<HttpClient>,
    last_use: Stopwatch,
}

impl HttpClients {
    /// Starts with none. `environment_proxy` says whether the proxies that the environment names
    /// are used where a connection names none.
    #[must_use]
    pub fn new(guard: EgressPolicy, environment_proxy: bool) -> Self {
        Self {
            guard: Arc::new(guard),
            environment_proxy,
            idle_limit: IDLE_LIMIT,
            clients: Mutex::default(),
            trusts: TrustInterner::default(),
        }
    }

    /// Returns the truststore, shared with all connections that have an equal one.
    #[must_use]
    pub fn intern(&self, trust: Trust) -> Trust {
        self.trusts.intern(trust)
    }

    /// Returns the client for a transport.
    ///
    /// # Errors
    ///
    /// Returns an error when the transport's certificates cannot be used.
    pub fn get(&self, transport: &Transport) -> Result<Arc<HttpClient>, BuildError> {
        let key = transport.key();
        if let Some(client) = self.kept(key, None) {
            return Ok(client);
        }
        // Outside of the lock: nobody else waits while certificates are read.
        let built = Arc::new(HttpClient::new(
            transport.build(&self.guard, self.environment_proxy)?,
            transport.is_proxied(self.environment_proxy),
        ));
        Ok(self.kept(key, Some(&built)).unwrap_or(built))
    }

    /// The kept client of a transport; where there is none, `built` is from now on. Drops those that
    /// nobody asked for lately.
    fn kept(&self, key: Digest, built: Option<&Arc<HttpClient>>) -> Option<Arc<HttpClient>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|_, one| one.last_use.elapsed() < self.idle_limit);
        let last_use = Stopwatch::start();
        if let Some(kept) = clients.get_mut(&key) {
            kept.last_use = last_use;
            return Some(Arc::clone(&kept.client));
        }
        let client = Arc::clone(built?);
        clients.insert(key, Kept { client: Arc::clone(&client), last_use });
        Some(client)
    }

    /// Checks that an endpoint, and the proxy on the way to it, may be sent to.
    ///
    /// # Errors
    ///
    /// [`EgressDenied`].
    pub fn check(&self, endpoint: &Url, transport: &Transport) -> Result<(), EgressDenied> {
        let proxied = transport.is_proxied(self.environment_proxy);
        self.guard.check(endpoint, if proxied { Route::Proxied } else { Route::Direct })?;
        // A literal never reaches the resolver.
        match transport.proxy.as_ref().and_then(ProxyServer::literal) {
            Some(address) if !self.guard.admits_address(address) => Err(EgressDenied),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
