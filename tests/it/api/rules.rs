//! The rules of the schema, each at every field that has it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::repository;
use super::schema::{self, Node};
use super::server::Judge;

/// What breaks a rule that several fields have, by the beginning of its message.
const BREAKS: [(&str, &str); 6] = [
    ("must be the name of a Secret", "team/Crm"),
    ("must be a key of the Secret", "a/b"),
    ("must be a URL that starts with https://", "http://login.example.com/"),
    ("holds a placeholder", "https://login.example.com/{tenant}"),
    ("must not begin or end with white space", "crm\n"),
    ("must be the issuer itself", "https://login.example.com/.well-known/openid-configuration"),
];

fn rules(node: &Node) -> Vec<Value> {
    node.schema["x-kubernetes-validations"].as_array().cloned().unwrap_or_default()
}

/// The fixed messages of all rules.
pub fn messages() -> BTreeSet<String> {
    let root = Node { path: Vec::new(), schema: schema::root() };
    let nodes = schema::spec().into_iter().chain([root]);
    let rules = nodes.flat_map(|node| rules(&node));
    rules.filter_map(|rule| Some(rule["message"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn every_field_with_a_shared_rule_keeps_it() {
    let judge = Judge::new("rules").await;
    let manifests = repository::full();
    let mut count = 0;
    for node in schema::spec() {
        for rule in rules(&node) {
            let message = rule["message"].as_str().unwrap_or_default();
            let Some((_, bad)) = BREAKS.iter().find(|(start, _)| message.starts_with(start)) else {
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
            let said = judge.connection(&manifest).await.err().unwrap_or_default();
            let path = name.replace("[]", "[0]");
            assert!(said.contains(message) && said.contains(&path), "{name} = {bad}: {said}");
        }
    }
    assert!(count >= 50, "{count} rules: the schema is not walked");
}
