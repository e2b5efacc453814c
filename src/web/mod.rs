//! The operator's HTTP servers: health, readiness and metrics here, the consent page in `consent`.
//! Uses the metrics, the readiness and the leadership. Serves no secrets.

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

const SYNCING: &str = "waiting for caches to sync (Connections, Secrets): check that the CRD is installed and that the operator may list both\n";

const UNREACHABLE: &str = "cannot reach the API server: if a NetworkPolicy applies, check that networkPolicy.apiServerPorts contains the port that `kubectl get endpointslices -n default` shows\n";

/// The state that the server reports.
#[derive(Clone)]
pub struct Health {
    pub metrics: Arc<Metrics>,
    pub readiness: watch::Receiver<Readiness>,
    pub leadership: Leadership,
}

/// Serves health, readiness and metrics until `stop`.
///
/// # Errors
///
/// Returns an error if the operator cannot listen on the address.
pub async fn serve(
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "serving /healthz, /readyz and /metrics");
    let routes = Router::new()
        // Liveness depends on nothing: a restart does not fix an unavailable API server.
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
    let message = match readiness {
        // A standby is as ready as the leader.
        Readiness::Ready if health.leadership.leads() => return "ok: leader\n".into_response(),
        Readiness::Ready => return "ok: standby\n".into_response(),
        Readiness::Syncing => SYNCING,
        Readiness::Unreachable => UNREACHABLE,
    };
    (StatusCode::SERVICE_UNAVAILABLE, message).into_response()
}

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let exposition = Exposition::from_accept(accept.unwrap_or_default());
    // Leadership ends by the clock without an event, so each scrape evaluates it.
    health.metrics.set_leader(health.leadership.leads());
    match health.metrics.text(exposition) {
        Ok(text) => ([(header::CONTENT_TYPE, exposition.content_type())], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
