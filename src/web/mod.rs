//! The operator's own HTTP servers: health, readiness and metrics here; the consent page below.
//! Knows what is counted and what is waited for; serves nothing secret.

pub mod consent;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// What the server tells of.
#[derive(Clone)]
pub struct Health {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the watches have their first lists.
    pub ready: watch::Receiver<bool>,
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
    if *health.ready.borrow() {
        return "ok\n".into_response();
    }
    let waiting = "waiting for the first list of Connections and Secrets: is the CustomResourceDefinition installed, and may the operator list both?\n";
    (StatusCode::SERVICE_UNAVAILABLE, waiting).into_response()
}

async fn metrics(State(health): State<Health>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match health.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, content_type)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
