//! Puts the operator together, starts it, and stops it in order.

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

/// How long making a connection to the Kubernetes API may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection to the Kubernetes API may be silent: longer than a watch is, so that a dead
/// server is noticed also by the lists that watches begin with.
const SILENCE: Duration = Duration::from_secs(75);

/// How long a collector of traces may take to answer.
const TRACES_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the operator could not start or go on.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// There is no way to the Kubernetes API.
    #[error(
        "no configuration for the Kubernetes API was found: run in a pod with a service account, or set KUBECONFIG"
    )]
    Cluster(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The log filter cannot be read.
    #[error("the log filter cannot be read: write it like `info` or `connection=debug`")]
    LogFilter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The health server's address is not free.
    #[error("the health server could not listen: choose another --health-probe-bind-address")]
    Health(#[source] std::io::Error),
    /// The public authorities that the environment names cannot be read.
    #[error("the certificate authorities cannot be read")]
    Authorities(#[source] RootStoreError),
    /// The public URL of the consent page cannot be used.
    #[error("--public-url cannot be used")]
    PublicUrl(#[source] PublicUrlError),
    /// The consent page's address is not free.
    #[error("the consent page could not listen: choose another --consent-bind-address")]
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
    // Fails only where a provider was installed before: then there is one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(OperatorError::System)?;
    let traces = traces(runtime.handle());
    telemetry::start(format, &config.log_filter, traces.as_ref().ok().and_then(Option::as_ref))
        .map_err(|error| OperatorError::LogFilter(error.into()))?;
    root_store::verify_root_store().map_err(OperatorError::Authorities)?;
    if let Err(error) = &traces {
        tracing::warn!(error, "no traces are sent");
    }
    let end = runtime.block_on(serve(config));
    if let Ok(Some(traces)) = traces {
        traces.end();
    }
    end
}

/// Begins to collect traces where the environment asks for them. Without them the operator does its
/// work all the same.
fn traces(runtime: &Handle) -> Result<Option<TracerHandle>, String> {
    if !TracerHandle::are_wanted() {
        return Ok(None);
    }
    let client = unguarded_client::client(TRACES_TIMEOUT).map_err(|error| error.to_string())?;
    TracerHandle::begin(client, runtime.clone()).map(Some).map_err(|error| error.to_string())
}

async fn serve(config: Config) -> Result<(), OperatorError> {
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let guard = EgressPolicy {
        allow_loopback: config.allow_loopback,
        hosts: config.allowed_hosts.iter().flat_map(|one| HostPattern::parse_list(one)).collect(),
        networks: config.allowed_networks.clone(),
    };
    let http = HttpClients::new(guard, config.use_environment_proxy);
    let (reader, writer) = reflector::store();
    let metrics = Arc::new(Metrics::new(ConnectionCollector(reader.clone())));
    let (teller, readiness) = ReadinessHandle::new();
    let client = client().await?;
    let (elector, leadership) = candidate(&config, &client);
    let health = Health {
        metrics: Arc::clone(&metrics),
        readiness: readiness.clone(),
        leadership: leadership.clone(),
    };
    let enrolment = enrolment(&config, &client);
    let context = Context::new(
        client,
        http,
        config.require_allowed_hosts,
        ConsentPage::new(config.public_url.as_ref()),
        leadership,
        metrics,
        reader,
    );
    let context = Arc::new(context.enrolled_only(enrolment));
    let known = (&context.connections, &context.secrets);
    let page = ConsentPageConfig::of(&config, &context.client, known, &context.metrics);
    let page = page.map_err(OperatorError::PublicUrl)?;
    let scope =
        Scope { namespace: config.namespace, concurrency: config.max_concurrent_reconciles };
    let election_stop = CancellationToken::new();
    let election = tokio::spawn(take_part(elector, readiness, election_stop.clone()));
    // The health server outlives the controller, so that a pod that finishes its work is not killed
    // for being silent.
    let server_stop = CancellationToken::new();
    let server =
        tokio::spawn(web::serve(config.health_probe_bind_address, health, server_stop.clone()));
    let page = tokio::spawn(consent::serve(page, server_stop.clone()));
    let controller = controller::run(context, writer, scope, teller, stop.clone());
    match finish(controller, page, server, &stop).await {
        Some(StoppedServer::Page(ended)) => return over(ended, OperatorError::Consent),
        Some(StoppedServer::Health(ended)) => return over(ended, OperatorError::Health),
        None => {}
    }
    // Only now, since what was begun has been finished as the leader.
    election_stop.cancel();
    election.await.map_err(|error| OperatorError::System(error.into()))?;
    tracing::info!("stopped");
    server_stop.cancel();
    Ok(())
}

/// How a server ended.
type ServerResult = Result<std::io::Result<()>, JoinError>;

/// A server that ended before the controller.
enum StoppedServer {
    Health(ServerResult),
    Page(ServerResult),
}

/// Waits until the controller has finished. Where a server ends before, that is asked to stop, and
/// waited for all the same: what was received is written down first.
async fn finish(
    controller: impl Future<Output = ()>,
    page: impl Future<Output = ServerResult>,
    health: impl Future<Output = ServerResult>,
    stop: &CancellationToken,
) -> Option<StoppedServer> {
    tokio::pin!(controller);
    let ended = tokio::select! {
        () = &mut controller => return None,
        ended = page => StoppedServer::Page(ended),
        ended = health => StoppedServer::Health(ended),
    };
    stop.cancel();
    controller.await;
    Some(ended)
}

fn over(
    ended: ServerResult,
    error: impl FnOnce(std::io::Error) -> OperatorError,
) -> Result<(), OperatorError> {
    ended.map_err(|error| OperatorError::System(error.into()))?.map_err(error)
}

/// Where Secrets may be used, where that is not everywhere.
fn enrolment(config: &Config, client: &Client) -> Option<Enrollment> {
    let EnrollmentConfig { enrolled_namespaces_only, secrets_role, service_account } =
        config.enrolment.clone();
    let namespace = config.operator_namespace.as_deref().unwrap_or(client.default_namespace());
    let account = format!("{namespace}:{service_account}");
    enrolled_namespaces_only.then(|| Enrollment::new(secrets_role, account))
}

/// The candidate where there is an election, and whether this process leads.
fn candidate(config: &Config, client: &Client) -> (Option<LeaderElector>, Leadership) {
    if !config.election.leader_election {
        return (None, Leadership::Disabled);
    }
    let namespace = config.operator_namespace.as_deref().unwrap_or(client.default_namespace());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = config.election.pod_name.as_deref().unwrap_or(host.trim());
    // A container that is started again in the same pod is another candidate.
    let identity = format!("{name}_{:016x}", u64::from_be_bytes(random::bytes()));
    let (elector, leadership) =
        LeaderElector::new(client.clone(), namespace, &config.election.lease_name, &identity);
    (Some(elector), leadership)
}

/// Takes part in the election until `stop`: not before the first lists are here, since a leader that
/// does not know what there is to do would only keep others from it.
async fn take_part(
    elector: Option<LeaderElector>,
    mut readiness: watch::Receiver<Readiness>,
    stop: CancellationToken,
) {
    let Some(elector) = elector else { return };
    tokio::select! {
        _ = readiness.wait_for(|one| *one == Readiness::Ready) => {}
        () = stop.cancelled() => return,
    }
    elector.run(stop).await;
}

/// The client of the Kubernetes API. Each call has its own deadline (`store::api_call`), so the client
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::{pending, ready};

    fn failed() -> impl Future<Output = ServerResult> {
        ready(Ok(Err(std::io::Error::from(std::io::ErrorKind::AddrInUse))))
    }

    #[tokio::test]
    async fn a_server_that_ends_waits_for_what_the_controller_saves() {
        for is_page in [true, false] {
            let (stop, saved) = (CancellationToken::new(), Cell::new(false));
            let controller = async {
                stop.cancelled().await;
                // As long as the API server needs.
                tokio::task::yield_now().await;
                saved.set(true);
            };
            let ended = if is_page {
                finish(controller, failed(), pending(), &stop).await
            } else {
                finish(controller, pending(), failed(), &stop).await
            };
            assert!(saved.get(), "{is_page}: it is saved before the operator ends");
            let (page, over) = match ended.unwrap() {
                StoppedServer::Page(ended) => (true, over(ended, OperatorError::Consent)),
                StoppedServer::Health(ended) => (false, over(ended, OperatorError::Health)),
            };
            assert_eq!(page, is_page);
            assert!(over.is_err(), "it is no good end");
        }
    }

    #[tokio::test]
    async fn a_controller_that_has_finished_ends_alone() {
        let stop = CancellationToken::new();
        assert!(finish(ready(()), pending(), pending(), &stop).await.is_none());
        assert!(!stop.is_cancelled());
    }
}
