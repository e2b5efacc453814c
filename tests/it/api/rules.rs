//! Tests the shared validation rules at every field that has them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::repository;
use super::schema::{self, Node};
use super::server::DryRun;

/// Values that violate a shared rule, by the beginning of its message.
const INVALID_VALUES: [(&str, &str); 6] = [
    ("must be the name of a Secret", "team/Crm"),
    ("must be a key of the Secret", "a/b"),
    ("must be a URL that starts with https://", "http://login.example.com/"),
    ("contains a placeholder", "https://login.example.com/{tenant}"),
    ("must not begin or end with white space", "crm\n"),
    ("must be the issuer itself", "https://login.example.com/.well-known/openid-configuration"),
];

fn rules(node: &Node) -> Vec<Value> {
    node.schema["x-kubernetes-validations"].as_array().cloned().unwrap_or_default()
}

/// Returns the messages of all rules that do not have a message expression.
pub fn messages() -> BTreeSet<String> {
    let root = Node { path: Vec::new(), schema: schema::root() };
    let nodes = schema::spec().into_iter().chain([root]);
    let rules = nodes.flat_map(|node| rules(&node));
    rules.filter_map(|rule| Some(rule["message"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn every_field_enforces_its_shared_rules() {
    let server = DryRun::new("rules").await;
    let manifests = repository::full();
    let mut count = 0;
    for node in schema::spec() {
        for rule in rules(&node) {
            let message = rule["message"].as_str().unwrap_or_default();
            let Some((_, bad)) =
                INVALID_VALUES.iter().find(|(start, _)| message.starts_with(start))
            else {
                continue;
            };
            count += 1;
            let name = node.name();
            let mut manifest = manifests
                .iter()
                .find(|manifest| node.find(&mut (*manifest).clone()).is_some())
                .unwrap_or_else(|| panic!("examples/full.yaml has no {name}: add it"))
                .clone();
            *node.find(&mut manifest).unwrap() = json!(bad);
            let error = server.connection(&manifest).await.err().unwrap_or_default();
            let path = name.replace("[]", "[0]");
            assert!(error.contains(message) && error.contains(&path), "{name} = {bad}: {error}");
        }
    }
    assert!(count >= 50, "{count} rules: the schema was not traversed");
}
