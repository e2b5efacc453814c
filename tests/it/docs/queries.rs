//! The queries that the pages show are queries of Prometheus.

use serde_json::json;

use super::blocks;
use crate::observability::promtool::promtool;

#[test]
fn prometheus_parses_the_queries_of_the_pages() {
    let queries = blocks::blocks().into_iter().filter(|block| block.language == "promql");
    let rules: Vec<_> = queries
        .map(|block| json!({ "record": format!("shown:line{}", block.line), "expr": block.text }))
        .collect();
    assert!(rules.len() >= 3, "{rules:?}");
    let file = json!({ "groups": [{ "name": "shown", "rules": rules }] });
    promtool(&["check", "rules", "/dev/stdin"], &file.to_string());
}
