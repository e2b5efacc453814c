//! The consent page: a user starts an authorization here, and the provider redirects back to it. It
//! updates the grant record by compare-and-swap and passes the authorization response to the
//! operator in a handoff Secret; it never handles tokens. Every replica serves it from its caches.

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

/// The state that all requests share.
struct ConsentPageState {
    client: Client,
    connections: Store<Connection>,
    secrets: Arc<SecretCache>,
    metrics: Arc<Metrics>,
    page: ConsentPage,
    /// The prefix of all paths.
    prefix: String,
    /// True if the public URL uses TLS.
    tls: bool,
    sealer: CookieSealer,
    since_start: Stopwatch,
    /// Limits error responses per address.
    errors: RateLimiter,
    /// Limits requests that call the Kubernetes API per Connection.
    api_calls: RateLimiter,
}

/// A valid ticket and its Connection.
struct VerifiedTicket {
    connection: Arc<Connection>,
    note: TicketRecord,
    ticket: SecretString,
}

impl ConsentPageState {
    fn new(config: &ConsentPageConfig, sealer: CookieSealer) -> Self {
        Self {
            client: config.client.clone(),
            connections: config.connections.clone(),
            secrets: Arc::clone(&config.secrets),
            metrics: Arc::clone(&config.metrics),
            page: ConsentPage::new(Some(&config.public_url)),
            prefix: public_url::prefix(&config.public_url).to_owned(),
            tls: config.public_url.scheme() == "https",
            sealer,
            since_start: Stopwatch::start(),
            errors: RateLimiter::new(10.0, 100.0),
            api_calls: RateLimiter::new(1.0, 20.0),
        }
    }

    fn path(&self, page: Page, place: &ConnectionKey) -> String {
        route::path(&self.prefix, page, place)
    }

    fn connection(&self, place: &ConnectionKey) -> Option<Arc<Connection>> {
        let connection =
            self.connections.get(&ObjectRef::new(&place.name).within(&place.namespace))?;
        connection.metadata.deletion_timestamp.is_none().then_some(connection)
    }

    /// Verifies that the ticket belongs to the Connection. All failures return the same error, so that
    /// a request without a valid ticket cannot detect which Connections exist.
    fn verify_ticket(
        &self,
        place: &ConnectionKey,
        ticket: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<VerifiedTicket, PageMessage> {
        let verified = || {
            let (ticket, connection) = (ticket?, self.connection(place)?);
            let annotations = connection.metadata.annotations.as_ref();
            let note = annotations
                .and_then(|all| TicketRecord::from_annotation(all.get(TICKET_ANNOTATION)?))?;
            note.check(ticket, connection.metadata.generation?, now).ok()?;
            Some(VerifiedTicket { connection, note, ticket: ticket.clone() })
        };
        verified().ok_or(PageMessage::LinkNeeded)
    }

    /// Fails if the Connection has caused too many requests to the Kubernetes API.
    fn check_rate_limit(&self, place: &ConnectionKey) -> Result<(), PageMessage> {
        let allowed =
            self.api_calls.allows((&place.namespace, &place.name), self.since_start.elapsed());
        if allowed { Ok(()) } else { Err(PageMessage::RateLimited) }
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
