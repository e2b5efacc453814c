//! Traces, as a collector receives them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use serde_json::json;
use tokio::net::TcpListener;

use crate::stage::Scene;

/// How long the operator may take to end.
const END: Duration = Duration::from_mins(2);

const CANARY: &str = "a-client-secret-that-no-trace-shows";

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A collector: keeps what it is sent.
struct Collector {
    address: String,
    received: Received,
    server: tokio::task::JoinHandle<()>,
}

/// A span, with what matters here.
#[derive(Clone, Debug)]
struct Span {
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    is_error: bool,
    attributes: BTreeMap<String, String>,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Received::default();
        let keep = async |State(received): State<Received>, headers: HeaderMap, body: Bytes| {
            received.lock().unwrap().push((headers, body));
        };
        let routes =
            Router::new().route("/v1/traces", post(keep)).with_state(Arc::clone(&received));
        let server = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        Self { address, received, server }
    }

    fn received(&self) -> Vec<(HeaderMap, Bytes)> {
        self.received.lock().unwrap().clone()
    }

    /// All spans, and the attributes of the service that they are of.
    fn spans(&self) -> (Vec<Span>, BTreeMap<String, String>) {
        let (mut spans, mut service) = (Vec::new(), BTreeMap::new());
        for (_, body) in self.received() {
            let request = ExportTraceServiceRequest::decode(body).expect("a protobuf message");
            for resource in request.resource_spans {
                service.extend(attributes(resource.resource.unwrap_or_default().attributes));
                let scopes = resource.scope_spans.into_iter();
                spans.extend(scopes.flat_map(|scope| scope.spans).map(|span| {
                    assert!(span.events.is_empty(), "no log line is in a trace: {span:?}");
                    Span {
                        id: span.span_id,
                        parent: span.parent_span_id,
                        name: span.name,
                        is_error: span.status.is_some_and(|status| status.code == 2),
                        attributes: attributes(span.attributes),
                    }
                }));
            }
        }
        (spans, service)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    pairs.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

impl Span {
    fn says(&self, wanted: &[(&str, &str)]) -> bool {
        wanted
            .iter()
            .all(|(key, value)| self.attributes.get(*key).map(String::as_str) == Some(*value))
    }
}

/// The names from the root to this span.
fn path(spans: &[Span], span: &Span) -> Vec<String> {
    let parent = spans.iter().find(|item| item.id == span.parent);
    let mut names = parent.map(|parent| path(spans, parent)).unwrap_or_default();
    assert!(parent.is_some() || span.parent.is_empty(), "{span:?} has a parent that is not sent");
    names.push(span.name.clone());
    names
}

/// The spans of this path that say this.
fn find<'a>(spans: &'a [Span], names: &[&str], wanted: &[(&str, &str)]) -> Vec<&'a Span> {
    let found = spans.iter().filter(|span| span.says(wanted) && path(spans, span) == names);
    found.collect()
}

fn connection(simulator: &Simulator, client: &str) -> serde_json::Value {
    json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": client, "secretRef": { "name": "client", "key": "client_secret" } },
    })
}

async fn scene(endpoint: &str, more: &[(&str, &str)]) -> Scene {
    let env = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)], more].concat();
    let scene = Scene::with_arguments("traces", &["--allow-loopback"], &env).await;
    scene.put_secret("client", &[("client_secret", CANARY.as_bytes())]).await;
    scene
}

#[tokio::test]
async fn a_collector_receives_spans_without_secrets() {
    let collector = Collector::start().await;
    // Nothing is sent but at the end, and then everything.
    let late = [
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100000"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
    ];
    let scene = scene(&collector.address, &late).await;
    let simulator = Simulator::start().expect("the simulator starts");
    simulator.script(Matcher::client_id("refused"), Behavior::error(401, "invalid_client"));
    scene.apply("good", connection(&simulator, "good")).await;
    scene.apply("refused", connection(&simulator, "refused")).await;
    scene.until_issued("good").await;
    scene.until("refused", "Ready", "False", "ClientRejected").await;
    assert!(collector.received().is_empty(), "nothing was to be sent yet");
    scene.stage.operator.process.terminate(END).await.expect("the operator ends");

    let (spans, service) = collector.spans();
    assert_eq!(service["service.name"], "connection-operator");
    assert_eq!(service["service.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(service["deployment.environment.name"], "test");
    let namespace = ("k8s.namespace.name", scene.namespace.name());
    for name in ["good", "refused"] {
        let found = find(&spans, &["reconcile"], &[namespace, ("connection.name", name)]);
        assert!(
            found.iter().any(|found| found.attributes.contains_key("result")),
            "{name}: {spans:#?}"
        );
    }
    let good = find(&spans, &["reconcile", "step"], &[("step", "RequestToken")]);
    assert!(good.iter().any(|good| !good.is_error), "{spans:#?}");
    let bad = find(&spans, &["reconcile", "step"], &[("reason", "ClientRejected")]);
    assert!(!bad.is_empty() && bad.iter().all(|bad| bad.is_error), "{spans:#?}");
    for status in ["200", "401"] {
        let wanted = [
            ("server.address", "127.0.0.1"),
            ("http.request.method", "POST"),
            ("http.response.status_code", status),
            ("outcome", "Responded"),
        ];
        let found = find(&spans, &["reconcile", "step", "provider_request"], &wanted);
        assert!(!found.is_empty(), "{status}: {spans:#?}");
    }
    let created = find(&spans, &["reconcile", "step", "create"], &[("http.status_code", "201")]);
    assert!(!created.is_empty(), "the token Secret is written: {spans:#?}");
    let reported = find(&spans, &["reconcile", "patch_status"], &[("http.status_code", "200")]);
    assert!(!reported.is_empty(), "the status is written: {spans:#?}");
    for span in &spans {
        assert_eq!(path(&spans, span)[0], "reconcile", "nothing but reconciliations is traced");
    }

    let mut canaries = simulator.secrets();
    canaries.push(CANARY.to_owned());
    assert!(canaries.len() > 1, "{canaries:?}");
    for (headers, body) in collector.received() {
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains("provider_request"), "the text of a body can be searched");
        for canary in &canaries {
            assert!(!body.contains(canary.as_str()), "a trace shows a secret");
            assert!(!format!("{headers:?}").contains(canary.as_str()), "a header shows a secret");
        }
    }
}

#[tokio::test]
async fn an_unreachable_collector_does_not_affect_the_operator() {
    let missing = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = missing.local_addr().expect("an address");
    drop(missing);
    let scene = scene(&format!("http://{address}"), &[("OTEL_BSP_SCHEDULE_DELAY", "100")]).await;
    let simulator = Simulator::start().expect("the simulator starts");
    scene.apply("good", connection(&simulator, "good")).await;
    scene.until_issued("good").await;
    let end = scene.stage.operator.process.terminate(END).await.expect("the operator ends");
    assert!(end.success(), "{end}");
}

#[tokio::test]
async fn an_unsupported_otlp_protocol_is_logged_and_has_no_other_effect() {
    let collector = Collector::start().await;
    let scene = scene(&collector.address, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).await;
    let log = scene.stage.operator.process.log();
    let said = log.lines().find(|line| line.contains("tracing disabled")).expect("it is said");
    assert!(said.contains("set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"), "{said}");
}
