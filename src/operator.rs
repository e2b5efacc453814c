//! Assembles the operator, starts its parts and stops them in order.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::runtime::reflector;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, EnrollmentConfig, LogFormat};
use crate::controller::collector::ConnectionCollector;
use crate::controller::context::Context;
use crate::controller::enrollment::Enrollment;
use crate::controller::{self, Scope};
use crate::leadership::Leadership;
use crate::lease::LeaderElector;
use crate::metrics::Metrics;
use crate::readiness::{Readiness, ReadinessHandle};
use crate::telemetry::{self, TracerHandle};
use crate::web::consent;
use crate::web::consent::config::ConsentPageConfig;
use crate::web::consent::public_url::PublicUrlError;
use crate::web::{self, Health};
use connection_client::net::clients::HttpClients;
use connection_client::net::egress_policy::EgressPolicy;
use connection_client::net::host_pattern::HostPattern;
use connection_client::net::root_store;
use connection_client::net::root_store::RootStoreError;
use connection_client::net::unguarded_client;
use connection_core::connection::consent_page::ConsentPage;
use connection_core::random;

/// Timeout of a connection attempt to the Kubernetes API.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Timeout of a read from or a write to the Kubernetes API. It exceeds the timeout of a watch request,
/// and also detects a dead server during the initial list of a watch.
const READ_TIMEOUT: Duration = Duration::from_secs(75);

/// Timeout of a request to the trace collector.
const TRACES_TIMEOUT: Duration = Duration::from_secs(10);

/// An error that ends the operator.
#[derive(Debug, Error)]
pub enum OperatorError {
    #[error(
        "cannot find a configuration for the Kubernetes API: run in a pod with a service account, or set KUBECONFIG"
    )]
    Cluster(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot parse the log filter: set it like `info` or `connection=debug`")]
    LogFilter(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot listen for health probes: set another --health-probe-bind-address")]
    Health(#[source] std::io::Error),
    #[error("cannot load the certificate authorities")]
    Authorities(#[source] RootStoreError),
    #[error("invalid --public-url")]
    PublicUrl(#[source] PublicUrlError),
    #[error("cannot listen for the consent page: set another --consent-bind-address")]
    Consent(#[source] std::io::Error),
    #[error("cannot start the runtime or handle signals")]
    System(#[source] std::io::Error),
}

/// Runs the operator until a signal stops it.
///
/// # Errors
///
/// Returns an error if the operator cannot start or a server fails.
pub fn run(config: Config) -> Result<(), OperatorError> {
    let format = match config.log_format {
        LogFormat::Json => telemetry::LogOutput::Json,
        LogFormat::Text => telemetry::LogOutput::Text,
    };
    // Ignore: fails only if a provider is already installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(OperatorError::System)?;
    // Keep an error until logging has started, which itself needs the traces.
    let traces = traces(runtime.handle());
    telemetry::start(format, &config.log_filter, traces.as_ref().ok().and_then(Option::as_ref))
        .map_err(|error| OperatorError::LogFilter(error.into()))?;
    // Fail at the start: without authorities, every HTTPS request would fail.
    root_store::verify_root_store().map_err(OperatorError::Authorities)?;
    if let Err(error) = &traces {
        tracing::warn!(error, "tracing disabled");
    }
    let result = runtime.block_on(serve(config));
    // All work has ended, so these are the last spans.
    if let Ok(Some(traces)) = traces {
        traces.shutdown();
    }
    result
}

/// Starts tracing if the environment configures it. The operator also runs without.
fn traces(runtime: &Handle) -> Result<Option<TracerHandle>, String> {
    if !TracerHandle::is_configured() {
        return Ok(None);
    }
    let client = unguarded_client::client(TRACES_TIMEOUT).map_err(|error| error.to_string())?;
    TracerHandle::start(client, runtime.clone()).map(Some).map_err(|error| error.to_string())
}

async fn serve(config: Config) -> Result<(), OperatorError> {
    let stop = CancellationToken::new();
    // Handle signals first: the kernel ignores SIGTERM for a PID 1 without a handler.
    stop_on_signal(stop.clone())?;
    let egress_policy = EgressPolicy {
        allow_loopback: config.allow_loopback,
        hosts: config
            .allowed_hosts
            .iter()
            .flat_map(|hosts| HostPattern::parse_list(hosts))
            .collect(),
        networks: config.allowed_networks.clone(),
    };
    let http = HttpClients::new(egress_policy, config.use_environment_proxy);
    let (reader, writer) = reflector::store();
    let metrics = Arc::new(Metrics::new(ConnectionCollector(reader.clone())));
    let (readiness_handle, readiness) = ReadinessHandle::new();
    let client = client().await?;
    let (elector, leadership) = candidate(&config, &client);
    let health = Health {
        metrics: Arc::clone(&metrics),
        readiness: readiness.clone(),
        leadership: leadership.clone(),
    };
    let enrollment = enrollment(&config, &client);
    let context = Context::new(
        client,
        http,
        config.require_allowed_hosts,
        ConsentPage::new(config.public_url.as_ref()),
        leadership,
        metrics,
        reader,
    );
    let context = Arc::new(context.enrolled_only(enrollment));
    let caches = (&context.connections, &context.secrets);
    let page = ConsentPageConfig::new(&config, &context.client, caches, &context.metrics);
    let page = page.map_err(OperatorError::PublicUrl)?;
    let scope =
        Scope { namespace: config.namespace, concurrency: config.max_concurrent_reconciles };
    let election_stop = CancellationToken::new();
    let election = tokio::spawn(run_election(elector, readiness, election_stop.clone()));
    // The health server outlives the controller, so that the kubelet does not kill a pod that
    // finishes its work.
    let server_stop = CancellationToken::new();
    let server =
        tokio::spawn(web::serve(config.health_probe_bind_address, health, server_stop.clone()));
    // The page outlives the controller, too: users wait there for the result of in-flight work.
    let page = tokio::spawn(consent::serve(page, server_stop.clone()));
    let controller = controller::run(context, writer, scope, readiness_handle, stop.clone());
    match finish(controller, page, server, &stop).await {
        Some(StoppedServer::Page(result)) => return server_error(result, OperatorError::Consent),
        Some(StoppedServer::Health(result)) => return server_error(result, OperatorError::Health),
        None => {}
    }
    // Release the Lease last: the controller finishes in-flight work as the leader.
    election_stop.cancel();
    election.await.map_err(|error| OperatorError::System(error.into()))?;
    tracing::info!("stopped");
    server_stop.cancel();
    Ok(())
}

type ServerResult = Result<std::io::Result<()>, JoinError>;

/// A server that ended before the controller.
enum StoppedServer {
    Health(ServerResult),
    Page(ServerResult),
}

/// Waits until the controller has finished. If a server ends first, stops the controller and waits
/// for it anyway, so that received tokens are saved.
async fn finish(
    controller: impl Future<Output = ()>,
    page: impl Future<Output = ServerResult>,
    health: impl Future<Output = ServerResult>,
    stop: &CancellationToken,
) -> Option<StoppedServer> {
    tokio::pin!(controller);
    let stopped = tokio::select! {
        () = &mut controller => return None,
        result = page => StoppedServer::Page(result),
        result = health => StoppedServer::Health(result),
    };
    stop.cancel();
    controller.await;
    Some(stopped)
}

fn server_error(
    result: ServerResult,
    error: impl FnOnce(std::io::Error) -> OperatorError,
) -> Result<(), OperatorError> {
    result.map_err(|error| OperatorError::System(error.into()))?.map_err(error)
}

/// Returns the enrollment of namespaces; none if the operator may use all Secrets.
fn enrollment(config: &Config, client: &Client) -> Option<Enrollment> {
    let EnrollmentConfig { enrolled_namespaces_only, secrets_role, service_account } =
        config.enrollment.clone();
    let namespace = config.operator_namespace.as_deref().unwrap_or(client.default_namespace());
    let account = format!("{namespace}:{service_account}");
    enrolled_namespaces_only.then(|| Enrollment::new(secrets_role, account))
}

/// Returns the candidate, if leader election is on, and its leadership.
fn candidate(config: &Config, client: &Client) -> (Option<LeaderElector>, Leadership) {
    if !config.election.leader_election {
        return (None, Leadership::Disabled);
    }
    let namespace = config.operator_namespace.as_deref().unwrap_or(client.default_namespace());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = config.election.pod_name.as_deref().unwrap_or(host.trim());
    // A container that restarts in the same pod is a different candidate.
    let identity = format!("{name}_{:016x}", u64::from_be_bytes(random::bytes()));
    let (elector, leadership) =
        LeaderElector::new(client.clone(), namespace, &config.election.lease_name, &identity);
    (Some(elector), leadership)
}

/// Runs the election until `stop`, after the caches have synced: a leader without synced caches
/// cannot reconcile.
async fn run_election(
    elector: Option<LeaderElector>,
    mut readiness: watch::Receiver<Readiness>,
    stop: CancellationToken,
) {
    let Some(elector) = elector else { return };
    tokio::select! {
        _ = readiness.wait_for(|readiness| *readiness == Readiness::Ready) => {}
        // The caches may never sync, and the Lease is not held yet.
        () = stop.cancelled() => return,
    }
    elector.run(stop).await;
}

/// Returns the client of the Kubernetes API. It does not retry: each call has its own deadline
/// (`store::api_call`), and its caller retries.
async fn client() -> Result<Client, OperatorError> {
    let cluster = |error: Box<dyn std::error::Error + Send + Sync>| OperatorError::Cluster(error);
    let mut config = kube::Config::infer().await.map_err(|error| cluster(error.into()))?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    config.write_timeout = Some(READ_TIMEOUT);
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
        tracing::info!("shutting down: waiting for in-flight work");
        stop.cancel();
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::{pending, ready};

    fn failed() -> impl Future<Output = ServerResult> {
        ready(Ok(Err(std::io::Error::from(std::io::ErrorKind::AddrInUse))))
    }

    #[tokio::test]
    async fn a_failed_server_waits_until_the_controller_has_saved() {
        for is_page in [true, false] {
            let (stop, saved) = (CancellationToken::new(), Cell::new(false));
            let controller = async {
                stop.cancelled().await;
                // A pending call to the API server.
                tokio::task::yield_now().await;
                saved.set(true);
            };
            let stopped = if is_page {
                finish(controller, failed(), pending(), &stop).await
            } else {
                finish(controller, pending(), failed(), &stop).await
            };
            assert!(saved.get(), "{is_page}: saved before the operator exits");
            let (page, result) = match stopped.unwrap() {
                StoppedServer::Page(result) => (true, server_error(result, OperatorError::Consent)),
                StoppedServer::Health(result) => {
                    (false, server_error(result, OperatorError::Health))
                }
            };
            assert_eq!(page, is_page);
            assert!(result.is_err(), "the operator fails");
        }
    }

    #[tokio::test]
    async fn a_finished_controller_stops_no_server() {
        let stop = CancellationToken::new();
        assert!(finish(ready(()), pending(), pending(), &stop).await.is_none());
        assert!(!stop.is_cancelled());
    }
}
