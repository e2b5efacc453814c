//! The HTTP clients, shared by all connections that travel alike: a client of one's own would cost
//! its connections and their handshakes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use crate::connection::digest::Digest;
use crate::net::client::HttpClient;
use crate::net::error::BuildError;
use crate::net::guard::{Blocked, Guard, Route};
use crate::net::proxy::ProxyServer;
use crate::net::transport::Transport;

/// Clients that are kept; beyond, those that nobody uses at the moment go.
const MOST_CLIENTS: usize = 256;

/// The HTTP clients.
pub struct HttpClients {
    guard: Arc<Guard>,
    environment_proxy: bool,
    clients: Mutex<HashMap<Digest, Arc<HttpClient>>>,
}

impl HttpClients {
    /// Starts with none. `environment_proxy` says whether the proxies that the environment names
    /// are used where a connection names none.
    #[must_use]
    pub fn new(guard: Guard, environment_proxy: bool) -> Self {
        Self { guard: Arc::new(guard), environment_proxy, clients: Mutex::default() }
    }

    /// Returns the client for a transport.
    ///
    /// # Errors
    ///
    /// Returns an error when the transport's certificates cannot be used.
    pub fn get(&self, transport: &Transport) -> Result<Arc<HttpClient>, BuildError> {
        let key = transport.key();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        if clients.len() >= MOST_CLIENTS {
            clients.retain(|_, client| Arc::strong_count(client) > 1);
        }
        let client = Arc::new(HttpClient::new(
            transport.build(&self.guard, self.environment_proxy)?,
            transport.is_proxied(self.environment_proxy),
        ));
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }

    /// Checks that an endpoint, and the proxy on the way to it, may be sent to.
    ///
    /// # Errors
    ///
    /// [`Blocked`].
    pub fn check(&self, endpoint: &Url, transport: &Transport) -> Result<(), Blocked> {
        let proxied = transport.is_proxied(self.environment_proxy);
        self.guard.check(endpoint, if proxied { Route::Proxied } else { Route::Direct })?;
        // A literal never reaches the resolver.
        match transport.proxy.as_ref().and_then(ProxyServer::literal) {
            Some(address) if !self.guard.admits_address(address) => Err(Blocked),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
