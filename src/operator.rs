//! Puts the operator together, starts it, and stops it in order.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::runtime::reflector;
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, LogFormat};
use crate::controller::collector::ConnectionCollector;
use crate::controller::context::Context;
use crate::controller::{self, Scope};
use crate::metrics::Metrics;
use crate::net::clients::HttpClients;
use crate::net::guard::Guard;
use crate::net::host_pattern::HostPattern;
use crate::telemetry;
use crate::web::consent::public_url::{self, PublicUrlError};
use crate::web::consent::session_key::KeyPlace;
use crate::web::consent::{self, Setup};
use crate::web::{self, Health};

/// How long making a connection to the Kubernetes API may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection to the Kubernetes API may be silent: longer than a watch is, so that a dead
/// server is noticed also by the lists that watches begin with.
const SILENCE: Duration = Duration::from_secs(75);

/// Why the operator could not start or go on.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// There is no way to the Kubernetes API.
    #[error(
        "no configuration for the Kubernetes API was found: run in a pod with a service account, or set KUBECONFIG"
    )]
    Cluster(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The log filter cannot be read.
    #[error("the log filter cannot be read: write it like `info` or `connection_operator=debug`")]
    LogFilter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The health server's address is not free.
    #[error("the health server could not listen: choose another --health-address")]
    Health(#[source] std::io::Error),
    /// The public URL of the consent page cannot be used.
    #[error("--public-url cannot be used")]
    PublicUrl(#[source] PublicUrlError),
    /// The consent page's address is not free.
    #[error("the consent page could not listen: choose another --consent-address")]
    Consent(#[source] std::io::Error),
    /// Signals or the runtime are not available.
    #[error("the operating system did not give what the operator needs")]
    System(#[source] std::io::Error),
}

/// Runs the operator until it is told to stop.
///
/// # Errors
///
/// Returns an error when it cannot start.
pub fn run(config: Config) -> Result<(), OperatorError> {
    let format = match config.log_format {
        LogFormat::Json => telemetry::Format::Json,
        LogFormat::Text => telemetry::Format::Text,
    };
    telemetry::start(format, &config.log_filter)
        .map_err(|error| OperatorError::LogFilter(error.into()))?;
    // Fails only where a provider was installed before: then there is one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(OperatorError::System)?.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), OperatorError> {
    if let Some(url) = &config.public_url {
        public_url::check(url, config.allow_loopback).map_err(OperatorError::PublicUrl)?;
    }
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let guard = Guard {
        allow_loopback: config.allow_loopback,
        hosts: config.allowed_hosts.iter().flat_map(|one| HostPattern::list(one)).collect(),
        networks: config.allowed_networks.clone(),
    };
    let http = HttpClients::new(guard, config.use_environment_proxy);
    let (reader, writer) = reflector::store();
    let metrics = Arc::new(Metrics::new(ConnectionCollector(reader.clone())));
    let (ready, is_ready) = watch::channel(false);
    let health = Health { metrics: Arc::clone(&metrics), ready: is_ready };
    let context = Arc::new(Context::new(
        client().await?,
        http,
        config.require_pinned_secrets,
        metrics,
        reader,
    ));
    let scope = Scope { namespace: config.namespace.clone(), concurrency: config.concurrency };
    // The health server outlives the controller, so that a pod that finishes its work is not killed
    // for being silent.
    let server_stop = CancellationToken::new();
    let server = tokio::spawn(web::serve(config.health_address, health, server_stop.clone()));
    let page = tokio::spawn(serve_page(setup(&config, &context), server_stop.clone()));
    let controller = controller::run(context, writer, scope, Arc::new(ready), stop.clone());
    tokio::pin!(server, page);
    tokio::select! {
        () = controller => {}
        ended = &mut page => {
            return ended.map_err(|error| OperatorError::System(error.into()))?.map_err(OperatorError::Consent);
        }
        ended = &mut server => {
            return ended.map_err(|error| OperatorError::System(error.into()))?.map_err(OperatorError::Health);
        }
    }
    tracing::info!("stopped");
    server_stop.cancel();
    Ok(())
}

/// What the consent page needs, where there is one.
fn setup(config: &Config, context: &Context) -> Option<Setup> {
    let key = match &config.operator_namespace {
        None => KeyPlace::Process,
        Some(namespace) => KeyPlace::Secret {
            namespace: namespace.clone(),
            name: config.session_key_secret.clone(),
        },
    };
    Some(Setup {
        public_url: config.public_url.clone()?,
        address: config.consent_address,
        key,
        client: context.client.clone(),
        connections: context.connections.clone(),
        secrets: Arc::clone(&context.secrets),
    })
}

/// Serves the consent page; where there is none, waits as long as it would have been served.
async fn serve_page(setup: Option<Setup>, stop: CancellationToken) -> std::io::Result<()> {
    match setup {
        Some(setup) => consent::serve(setup, stop).await,
        None => {
            stop.cancelled().await;
            Ok(())
        }
    }
}

/// The client of the Kubernetes API. Each call has its own deadline (`store::call`), so the client
/// neither waits nor tries again on its own.
async fn client() -> Result<Client, OperatorError> {
    let cluster = |error: Box<dyn std::error::Error + Send + Sync>| OperatorError::Cluster(error);
    let mut config = kube::Config::infer().await.map_err(|error| cluster(error.into()))?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(SILENCE);
    config.write_timeout = Some(SILENCE);
    config.default_retry = false;
    Client::try_from(config).map_err(|error| cluster(error.into()))
}

fn stop_on_signal(stop: CancellationToken) -> Result<(), OperatorError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(OperatorError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(OperatorError::System)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what has begun is finished first");
        stop.cancel();
    });
    Ok(())
}
