//! The operator's own HTTP servers: health, readiness and metrics here; the consent page below.
//! Knows what is counted and what is waited for; serves nothing secret.

pub mod consent;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::leadership::Leadership;
use crate::metrics::{Exposition, Metrics};
use crate::readiness::Readiness;

/// What is waited for before there is a list.
const WAITING: &str = "waiting for the first list of Connections and Secrets: is the CustomResourceDefinition installed, and may the operator list both?\n";

/// What keeps the list away where nothing answers.
const UNREACHABLE: &str = "the API server cannot be reached: where a NetworkPolicy stands in the way, its networkPolicy.apiServerPorts must have the port that `kubectl get endpointslices -n default` shows\n";

/// What the server tells of.
#[derive(Clone)]
pub struct Health {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the watches have their first lists.
    pub readiness: watch::Receiver<Readiness>,
    /// Whether this process leads.
    pub leadership: Leadership,
}

/// Serves until `stop`.
///
/// # Errors
///
/// Returns an error when the address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "serving /healthz, /readyz and /metrics");
    let routes = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health);
    axum::serve(listener, routes)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
}

async fn readyz(State(health): State<Health>) -> Response {
    let readiness = *health.readiness.borrow();
    let waiting = match readiness {
        // Who waits to take over is as ready as who works.
        Readiness::Ready if health.leadership.leads() => return "ok: leader\n".into_response(),
        Readiness::Ready => return "ok: standby\n".into_response(),
        Readiness::Syncing => WAITING,
        Readiness::Unreachable => UNREACHABLE,
    };
    (StatusCode::SERVICE_UNAVAILABLE, waiting).into_response()
}

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|one| one.to_str().ok());
    let exposition = Exposition::of_accept(accept.unwrap_or_default());
    health.metrics.leads(health.leadership.leads());
    match health.metrics.text(exposition) {
        Ok(text) => ([(header::CONTENT_TYPE, exposition.content_type())], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
