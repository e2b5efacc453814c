//! The objects that the pages show are accepted by an API server that overlooks nothing; YAML that is no
//! object is read by whom it is for.

use serde_json::{Value, json};

use super::blocks::{Block, blocks};
use crate::chart::cluster::Cluster;
use crate::chart::helm::template;

/// What is no object that the API server has, how it begins, and the test that has it read.
const READ_ELSEWHERE: [(&str, &str, &str); 5] = [
    ("docs/consumers/opentelemetry-collector.md", "extensions:", "consumers::snippets"),
    ("docs/consumers/prometheus.md", "scrape_configs:", "consumers::snippets"),
    ("docs/consumers/prometheus.md", "remote_write:", "consumers::snippets"),
    ("docs/gitops/flux.md", "apiVersion: kustomize.toolkit.fluxcd.io/v1", "gitops::flux"),
    ("docs/gitops/flux.md", "healthCheckExprs:", "gitops::flux"),
];

/// The page whose other YAML is values of the chart.
const VALUES: &str = "docs/install.md";

/// A part of a pod.
const VOLUMES: (&str, &str) = ("docs/consumers/mounted-file.md", "volumes:");

fn yaml() -> Vec<(Block, Value)> {
    let blocks = blocks().into_iter().filter(|block| block.language == "yaml");
    blocks
        .map(|block| {
            let parsed = serde_saphyr::from_str(&block.text);
            let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", block.page));
            (block, parsed)
        })
        .collect()
}

fn begins(block: &Block, page: &str, beginning: &str) -> bool {
    block.page == page && block.text.starts_with(beginning)
}

/// Puts a part where it belongs.
fn merge(whole: &mut Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                merge(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part.clone(),
    }
}

/// The object that a block is, or that it makes whole: a part of a spec changes the first object of its
/// page.
fn object(all: &[(Block, Value)], block: &Block, parsed: &Value) -> Value {
    if begins(block, VOLUMES.0, VOLUMES.1) {
        let mut spec = json!({ "containers": [{ "name": "one", "image": "example.com/one:1" }] });
        merge(&mut spec, parsed);
        let name = json!({ "name": "whole" });
        return json!({ "apiVersion": "v1", "kind": "Pod", "metadata": name, "spec": spec });
    }
    if !parsed["kind"].is_null() {
        return parsed.clone();
    }
    let whole = all.iter().find(|(other, _)| other.page == block.page);
    let mut whole = whole.expect("the block itself, at least").1.clone();
    merge(&mut whole, parsed);
    whole
}

#[tokio::test(flavor = "multi_thread")]
async fn each_object_of_the_pages_is_accepted() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.plane.namespace("pages").await.expect("a namespace");
    let mut accepted = 0;
    let all = yaml();
    for (block, parsed) in &all {
        let is_elsewhere =
            READ_ELSEWHERE.iter().any(|(page, beginning, _)| begins(block, page, beginning));
        let is_values = block.page == VALUES && parsed["apiVersion"].is_null();
        if is_elsewhere || is_values {
            continue;
        }
        let mut object = object(&all, block, parsed);
        object["metadata"]["namespace"] = namespace.name().into();
        let args = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
        let said = cluster.plane.kubectl_ok(&args, &object.to_string()).await;
        let said = said.unwrap_or_else(|error| panic!("{}:{}: {error}", block.page, block.line));
        assert!(said.contains("server dry run"), "{}: {said}", block.page);
        accepted += 1;
    }
    assert!(accepted > 20, "{accepted}");
}

#[test]
fn the_chart_accepts_the_values_of_the_pages() {
    let values = yaml().into_iter().filter(|(block, _)| block.page == VALUES);
    let values: Vec<_> = values.filter(|(_, parsed)| parsed["apiVersion"].is_null()).collect();
    assert!(values.len() >= 2, "{}", values.len());
    for (_, parsed) in values {
        template("operator", &parsed).printed();
    }
}

/// One that no page shows any more would only hide another.
#[test]
fn each_exception_appears_in_a_page() {
    let all = yaml();
    let exceptions = READ_ELSEWHERE.map(|(page, beginning, _)| (page, beginning));
    for (page, beginning) in exceptions.into_iter().chain([VOLUMES]) {
        let is_there = all.iter().any(|(block, _)| begins(block, page, beginning));
        assert!(is_there, "{page}: {beginning}");
    }
}
