//! Traces for an OpenTelemetry collector, by the environment variables that OpenTelemetry defines
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use std::env;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thiserror::Error;
use tokio::runtime::Handle;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::otlp_http::Sender;

/// The service that the traces are of, where the environment names none.
const SERVICE: &str = "connection-operator";

/// The crates whose spans are sent.
const OWN_CRATES: [&str; 2] = ["connection_client", "connection_operator"];

/// What OpenTelemetry calls a service without a name.
const NAMELESS: &str = "unknown_service";

/// Why there are no traces although they are asked for.
#[derive(Debug, Error)]
pub enum TracesError {
    /// The environment says what cannot be done.
    #[error(
        "correct the variables OTEL_EXPORTER_OTLP_…: the endpoint is an http or https address, the protocol http/protobuf, without compression"
    )]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// The operator speaks another protocol.
    #[error(
        "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf and name the collector's HTTP port, often 4318"
    )]
    Protocol,
}

/// Collects spans and sends them.
#[derive(Debug)]
pub struct TracerHandle(SdkTracerProvider);

impl TracerHandle {
    /// Whether the environment asks for traces.
    #[must_use]
    pub fn are_wanted() -> bool {
        let says = |name: &str, value: &str| {
            env::var(name).is_ok_and(|there| there.trim().eq_ignore_ascii_case(value))
        };
        let names_endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            .into_iter()
            .any(|name| env::var(name).is_ok_and(|endpoint| !endpoint.trim().is_empty()));
        names_endpoint
            && !says("OTEL_SDK_DISABLED", "true")
            && !says("OTEL_TRACES_EXPORTER", "none")
    }

    /// Begins to collect, for the collector that the environment names. `runtime` is where requests
    /// to it run.
    ///
    /// # Errors
    ///
    /// Returns an error when the environment says what cannot be done.
    pub fn begin(client: reqwest::Client, runtime: Handle) -> Result<Self, TracesError> {
        let protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]
            .into_iter()
            .find_map(|name| env::var(name).ok().filter(|protocol| !protocol.is_empty()));
        if protocol.is_some_and(|protocol| protocol != "http/protobuf") {
            return Err(TracesError::Protocol);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new(client, runtime))
            .build()
            .map_err(TracesError::Exporter)?;
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource());
        Ok(Self(provider.build()))
    }

    /// What collects: the operator's own spans, and within those the Kubernetes client's. What is
    /// logged within a span is not part of it.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(dynamic_filter_fn(is_traced))
    }

    /// Sends what is left, and ends. Waits for the collector, a few seconds at most.
    pub fn end(self) {
        // Nobody is left to be told.
        let _ = self.0.shutdown();
    }
}

fn is_traced<S>(metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // A watch has no span around it; it would be one that never ends.
    let is_ours = || OWN_CRATES.iter().any(|name| metadata.target().starts_with(name));
    let is_call = || metadata.target().starts_with("kube_client") && metadata.name() == "HTTP";
    metadata.is_span() && (is_ours() || (is_call() && context.lookup_current().is_some()))
}

fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = || Resource::builder().with_attribute(version.clone());
    let named = resource().build();
    let name = named.get(&Key::from_static_str("service.name"));
    match name {
        Some(name) if !name.as_str().starts_with(NAMELESS) => named,
        _ => resource().with_service_name(SERVICE).build(),
    }
}
