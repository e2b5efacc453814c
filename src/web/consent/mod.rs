//! The consent page: a person begins here what only a person can do, and the provider sends them
//! back here. It compares and swaps the grant's record and hands the answer over to the operator;
//! it never sees a token. Works on every replica, from the watches' caches.

pub mod authorization_response;
mod authorize;
mod callback;
pub mod config;
mod connection_key;
mod consent_request;
mod cookie_cipher;
mod cookies;
mod dispatch;
mod fields;
mod grant_record;
mod headers;
mod messages;
mod par;
pub mod public_url;
mod rate_limit;
mod render;
mod result_page;
mod route;
mod server;
mod session;
mod session_key;

use std::sync::Arc;

use jiff::Timestamp;
use kube::Client;
use kube::runtime::reflector::{ObjectRef, Store};
use secrecy::{ExposeSecret, SecretString};

use crate::metrics::Metrics;
use crate::web::consent::config::ConsentPageConfig;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookie_cipher::CookieSealer;
use crate::web::consent::messages::PageMessage;
use crate::web::consent::rate_limit::RateLimiter;
use crate::web::consent::route::Page;
use connection_client::api::connection::Connection;
use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::store::secret_cache::SecretCache;
use connection_core::clock::Stopwatch;
use connection_core::connection::consent_page::ConsentPage;
use connection_core::connection::digest::Digest;
use connection_core::connection::ticket::{self, TicketRecord};

pub use server::serve;

/// What all requests share.
struct Consent {
    client: Client,
    connections: Store<Connection>,
    secrets: Arc<SecretCache>,
    metrics: Arc<Metrics>,
    page: ConsentPage,
    /// The path that all paths begin with.
    prefix: String,
    /// Whether browsers reach the page by TLS.
    tls: bool,
    sealer: CookieSealer,
    since: Stopwatch,
    /// How often each address is told why not.
    refusals: RateLimiter,
    /// How often each Connection costs requests to the Kubernetes API.
    costly: RateLimiter,
}

/// A ticket that counts, and whose it is.
struct VerifiedTicket {
    connection: Arc<Connection>,
    note: TicketRecord,
    ticket: SecretString,
}

impl Consent {
    fn new(setup: &ConsentPageConfig, sealer: CookieSealer) -> Self {
        Self {
            client: setup.client.clone(),
            connections: setup.connections.clone(),
            secrets: Arc::clone(&setup.secrets),
            metrics: Arc::clone(&setup.metrics),
            page: ConsentPage::new(Some(&setup.public_url)),
            prefix: public_url::prefix(&setup.public_url).to_owned(),
            tls: setup.public_url.scheme() == "https",
            sealer,
            since: Stopwatch::start(),
            refusals: RateLimiter::new(10.0, 100.0),
            costly: RateLimiter::new(1.0, 20.0),
        }
    }

    fn path(&self, page: Page, place: &ConnectionKey) -> String {
        route::path(&self.prefix, page, place)
    }

    fn connection(&self, place: &ConnectionKey) -> Option<Arc<Connection>> {
        let found = self.connections.get(&ObjectRef::new(&place.name).within(&place.namespace))?;
        found.metadata.deletion_timestamp.is_none().then_some(found)
    }

    /// Looks whether the ticket is the Connection's. Whoever has none is told the same whatever the
    /// cause, whether there is such a Connection or not.
    fn verify_ticket(
        &self,
        place: &ConnectionKey,
        ticket: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<VerifiedTicket, PageMessage> {
        let found = || {
            let (ticket, connection) = (ticket?, self.connection(place)?);
            let annotations = connection.metadata.annotations.as_ref();
            let note = annotations
                .and_then(|all| TicketRecord::from_annotation(all.get(TICKET_ANNOTATION)?))?;
            note.check(ticket, connection.metadata.generation?, now).ok()?;
            Some(VerifiedTicket { connection, note, ticket: ticket.clone() })
        };
        found().ok_or(PageMessage::LinkNeeded)
    }

    /// Whether this may cost requests to the Kubernetes API again.
    fn check_rate_limit(&self, place: &ConnectionKey) -> Result<(), PageMessage> {
        let allowed = self.costly.allows((&place.namespace, &place.name), self.since.elapsed());
        if allowed { Ok(()) } else { Err(PageMessage::Busy) }
    }
}

impl VerifiedTicket {
    fn digest(&self) -> Digest {
        ticket::ticket_digest(&self.ticket)
    }

    fn ticket(&self) -> &str {
        self.ticket.expose_secret()
    }
}
