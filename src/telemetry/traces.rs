//! Traces for an OpenTelemetry collector, configured with the environment variables of OpenTelemetry
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

use super::otlp_http::OtlpSender;

/// The service name if the environment sets none.
const SERVICE: &str = "connection-operator";

const OWN_CRATES: [&str; 2] = ["connection_client", "connection_operator"];

/// The service name that OpenTelemetry sets by default.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// An error in the configuration of tracing.
#[derive(Debug, Error)]
pub enum TracesError {
    #[error(
        "invalid variables OTEL_EXPORTER_OTLP_…: set an http or https endpoint, the protocol http/protobuf and no compression"
    )]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    #[error(
        "unsupported OTLP protocol: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf, and the endpoint to the collector's HTTP port, usually 4318"
    )]
    Protocol,
}

/// Collects spans and sends them.
#[derive(Debug)]
pub struct TracerHandle(SdkTracerProvider);

impl TracerHandle {
    /// Returns true if the environment enables tracing.
    pub fn is_configured() -> bool {
        let is_set_to = |name: &str, value: &str| {
            // OpenTelemetry compares booleans and enumerations without case.
            env::var(name).is_ok_and(|current| current.trim().eq_ignore_ascii_case(value))
        };
        let has_endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            .into_iter()
            // OpenTelemetry treats an empty variable like one that is not set.
            .any(|name| env::var(name).is_ok_and(|endpoint| !endpoint.trim().is_empty()));
        has_endpoint
            && !is_set_to("OTEL_SDK_DISABLED", "true")
            && !is_set_to("OTEL_TRACES_EXPORTER", "none")
    }

    /// Starts tracing to the collector that the environment sets. Requests to it run on `runtime`.
    ///
    /// # Errors
    ///
    /// Returns an error if the configuration is invalid or not supported.
    pub fn start(client: reqwest::Client, runtime: Handle) -> Result<Self, TracesError> {
        let protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]
            .into_iter()
            .find_map(|name| env::var(name).ok().filter(|protocol| !protocol.is_empty()));
        // Reject gRPC at the start: HTTP requests to its port would fail without a clear reason.
        if protocol.is_some_and(|protocol| protocol != "http/protobuf") {
            return Err(TracesError::Protocol);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OtlpSender::new(client, runtime))
            .build()
            .map_err(TracesError::Exporter)?;
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource());
        Ok(Self(provider.build()))
    }

    /// Returns the layer that collects the operator's spans, and the Kubernetes client's spans within
    /// those. Log events are not added to spans.
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

    /// Sends the remaining spans. Waits at most a few seconds for the collector.
    pub fn shutdown(self) {
        // Ignore: the process exits.
        let _ = self.0.shutdown();
    }
}

fn is_traced<S>(metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // A call outside a span is a watch, whose span would never end.
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
        // The SDK sets this default itself, so a name alone does not prove that the user set one.
        Some(name) if !name.as_str().starts_with(UNKNOWN_SERVICE) => named,
        _ => resource().with_service_name(SERVICE).build(),
    }
}
