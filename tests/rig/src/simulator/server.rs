//! The simulator as its users see it, and what its connections share.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::simulator::behavior::Behavior;
use crate::simulator::grants::Grants;
use crate::simulator::ledger::{Outcome, TokenRequest};
use crate::simulator::matcher::Matcher;
use crate::simulator::serve;
use crate::simulator::tls::Identity;
use crate::simulator::verify::{CertificateError, Verifier};

/// A free port on 127.0.0.1.
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A token endpoint on 127.0.0.1. Every POST is a token request, at any path; without a
/// script each is given a token for an hour. It ends when this is dropped.
pub struct Simulator {
    pub(super) state: Arc<State>,
    address: SocketAddr,
    identity: Option<Identity>,
    runtime: Option<Runtime>,
}

/// What the connections share.
pub(super) struct State {
    rules: Mutex<Vec<(Matcher, Behavior)>>,
    default: Mutex<Behavior>,
    verifier: Mutex<Verifier>,
    ledger: Mutex<Vec<TokenRequest>>,
    grants: Mutex<Option<Grants>>,
    clock_offset: AtomicI64,
    keep_bodies: AtomicBool,
    count: watch::Sender<usize>,
}

impl Simulator {
    /// Starts a simulator that speaks HTTP, on a free port and a thread of its own.
    ///
    /// # Errors
    /// If the system gives no port or thread.
    pub fn start() -> io::Result<Self> {
        Self::listen(ANY, None)
    }

    /// Starts a simulator that speaks HTTP, at an address of the loopback network that is known
    /// beforehand.
    ///
    /// # Errors
    /// If the address is taken.
    pub fn start_at(address: SocketAddr) -> io::Result<Self> {
        Self::listen(address, None)
    }

    /// Starts a simulator that speaks HTTPS, with a certificate made for 127.0.0.1 and localhost.
    ///
    /// # Errors
    /// If the system gives no port or thread, or no certificate can be made.
    pub fn start_tls() -> io::Result<Self> {
        Self::listen(ANY, Some(Identity::new()?))
    }

    fn listen(address: SocketAddr, identity: Option<Identity>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("simulator")
            .enable_all()
            .build()?;
        let state = Arc::new(State::new());
        state.verifier().audiences = vec![url(address, identity.is_some(), "/token")];
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let tls = identity.as_ref().map(|identity| identity.acceptor.clone());
        runtime.spawn(serve::accept(listener, tls, Arc::clone(&state)));
        Ok(Self { state, address, identity, runtime: Some(runtime) })
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.url("/token")
    }

    /// The URL of any path, which is a token endpoint too.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        url(self.address, self.identity.is_some(), path)
    }

    /// If it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The PEM certificate to trust, if it speaks HTTPS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.certificate.as_str())
    }

    /// What to do with requests that no script is for.
    pub fn otherwise(&self, behavior: Behavior) {
        *lock(&self.state.default) = behavior;
    }

    /// What to do with the requests that `matcher` takes. The latest script comes first; one for a
    /// number of requests ends after them.
    pub fn script(&self, matcher: Matcher, behavior: Behavior) {
        lock(&self.state.rules).push((matcher, behavior));
    }

    /// Forgets every script.
    pub fn clear_scripts(&self) {
        lock(&self.state.rules).clear();
    }

    /// Verifies assertions from now on; those of `issuer` with the key of this PEM certificate.
    /// Everything else is rejected with `invalid_grant`.
    ///
    /// # Errors
    /// If the certificate cannot be read or its key is neither RSA nor P-256 nor P-384.
    pub fn register(&self, issuer: &str, certificate: &str) -> Result<(), CertificateError> {
        self.state.verifier().register(issuer, certificate)
    }

    /// The audiences that verified assertions may name, instead of the token endpoint.
    pub fn accept_audiences(&self, audiences: &[&str]) {
        self.state.verifier().audiences = audiences.iter().map(|&text| text.to_owned()).collect();
    }

    /// Sets the clock this many seconds ahead: for `exp`, absolute expiries and the HTTP `Date`.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.state.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// Whether the ledger keeps bodies (it does from the start); without them a long load run
    /// takes 200 bytes a request.
    pub fn keep_bodies(&self, keep: bool) {
        self.state.keep_bodies.store(keep, Ordering::Relaxed);
    }

    /// Every request until now, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<TokenRequest> {
        lock(&self.state.ledger).clone()
    }

    /// Reads the ledger in place, for long runs; requests wait until it returns.
    pub fn with_requests<R>(&self, look: impl FnOnce(&[TokenRequest]) -> R) -> R {
        look(&lock(&self.state.ledger))
    }

    /// How many requests came.
    #[must_use]
    pub fn count(&self) -> usize {
        *self.state.count.borrow()
    }

    /// Waits until so many requests came; false where `deadline` passes first.
    pub async fn wait_for(&self, count: usize, deadline: Duration) -> bool {
        let mut counts = self.state.count.subscribe();
        let reached = tokio::time::timeout(deadline, counts.wait_for(|&now| now >= count)).await;
        matches!(reached, Ok(Ok(_)))
    }

    /// Every token and code that was issued: none may be found in a log, an event or a status.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.grant_secrets();
        secrets.extend(self.with_requests(|requests| {
            let token = |request: &TokenRequest| match &request.outcome {
                Outcome::Token(token) => Some(token.to_string()),
                _ => None,
            };
            requests.iter().filter_map(token).collect::<Vec<_>>()
        }));
        secrets
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl State {
    fn new() -> Self {
        Self {
            rules: Mutex::default(),
            default: Mutex::default(),
            verifier: Mutex::default(),
            ledger: Mutex::default(),
            grants: Mutex::default(),
            clock_offset: AtomicI64::new(0),
            keep_bodies: AtomicBool::new(true),
            count: watch::Sender::new(0),
        }
    }

    /// What a script, else the default, has for a request.
    pub(super) fn behavior(&self, request: &TokenRequest) -> Behavior {
        let mut rules = lock(&self.rules);
        let found = rules
            .iter_mut()
            .rev()
            .find_map(|(matcher, behavior)| matcher.takes(request).then(|| behavior.clone()));
        if found.is_some() {
            rules.retain(|(matcher, _)| !matcher.is_spent());
        }
        found.unwrap_or_else(|| lock(&self.default).clone())
    }

    pub(super) fn verifier(&self) -> MutexGuard<'_, Verifier> {
        lock(&self.verifier)
    }

    pub(super) fn grants(&self) -> MutexGuard<'_, Option<Grants>> {
        lock(&self.grants)
    }

    pub(super) fn clock_offset(&self) -> i64 {
        self.clock_offset.load(Ordering::Relaxed)
    }

    /// Notes a request before it is answered.
    pub(super) fn record(&self, mut request: TokenRequest) {
        if !self.keep_bodies.load(Ordering::Relaxed) {
            request.body = Box::default();
        }
        let mut ledger = lock(&self.ledger);
        ledger.push(request);
        self.count.send_replace(ledger.len());
    }
}

fn url(address: SocketAddr, tls: bool, path: &str) -> String {
    format!("{}://{address}{path}", if tls { "https" } else { "http" })
}

/// A panic in one thread leaves the data whole: every change is a single call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
