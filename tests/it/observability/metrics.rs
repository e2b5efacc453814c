//! The metrics of a running operator, as Prometheus reads them.

use rig::simulator::Simulator;
use serde_json::json;

use super::promtool::{promtool, try_promtool};
use crate::docs;
use crate::stage::Scene;

/// The names of all metrics, with those that a histogram makes.
pub fn names() -> Vec<String> {
    let page = docs::read("docs/reference/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `connection_operator_"));
    let mut names = Vec::new();
    for row in rows {
        let (name, rest) = row.split_once("` | ").expect("a name and a type");
        let suffixes: &[&str] =
            if rest.starts_with("histogram") { &["_bucket", "_sum", "_count"] } else { &[""] };
        names.extend(suffixes.iter().map(|suffix| format!("connection_operator_{name}{suffix}")));
    }
    names
}

/// The names of metrics that a text speaks of.
pub fn named(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_part(c)).filter(|word| word.starts_with("connection_operator_")).collect()
}

#[tokio::test]
async fn promtool_accepts_the_metrics_of_a_running_operator() {
    let scene = Scene::open("metrics").await;
    let simulator = Simulator::start().expect("the simulator starts");
    scene.put_secret("client", &[("client_secret", b"a-client-secret-of-metrics")]).await;
    let spec = json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": "metrics", "secretRef": { "name": "client", "key": "client_secret" } },
    });
    scene.apply("metrics", spec).await;
    scene.until_issued("metrics").await;
    let (status, text) = scene.stage.operator.get("/metrics");
    assert_eq!(status, 200);
    let ready = format!(
        "connection_operator_connection_ready_status{{namespace=\"{}\",name=\"metrics\",condition=\"True\"}} 1",
        scene.namespace.name()
    );
    for line in [
        ready.as_str(),
        "connection_operator_leader_election_master_status 1",
        "connection_operator_max_concurrent_reconciles{controller=\"connection\"} 64",
        "connection_operator_workqueue_depth{controller=\"connection\",name=\"connection\"} ",
        "connection_operator_token_requests_total{flow=\"ClientCredentials\",outcome=\"success\",reason=\"TokenIssued\"}",
    ] {
        assert!(text.contains(line), "no line {line} in\n{text}");
    }
    promtool(&["check", "metrics"], &text);
    let known = names();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        assert!(known.iter().any(|item| item == name), "{name} is not documented");
    }
}

#[test]
fn promtool_rejects_invalid_metrics() {
    let (accepted, said) = try_promtool(&["check", "metrics"], "# TYPE a_b counter\na_b 1\n");
    assert!(!accepted && said.contains("_total"), "{said}");
}
