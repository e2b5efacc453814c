//! Every bound of every field: just inside is accepted, just outside is rejected.

use serde_json::{Value, json};

use super::repository;
use super::schema::{self, Node};
use super::server::Judge;

/// A value at a bound, whether it is inside, and the words of a rejection for this bound.
struct Probe {
    value: Value,
    inside: bool,
    words: &'static str,
}

fn probes(schema: &Value, good: &Value) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut probe = |value: Value, inside: bool, words: &'static str| {
        probes.push(Probe { value, inside, words });
    };
    if let Some(length) = size(schema, "maxLength") {
        probe(text(good, length), true, "may not be more than");
        probe(text(good, length + 1), false, "may not be more than");
    }
    if size(schema, "minLength") == Some(1) {
        probe(json!(""), false, "should be at least 1 chars long");
    }
    if let Some(least) = whole(&schema["minimum"]) {
        probe(json!(least), true, "should be greater than or equal to");
        probe(json!(least - 1), false, "should be greater than or equal to");
    }
    if let Some(most) = whole(&schema["maximum"]) {
        probe(json!(most), true, "should be less than or equal to");
        probe(json!(most + 1), false, "should be less than or equal to");
    }
    if let Some(count) = size(schema, "maxItems") {
        probe(list(good, count), true, "must have at most");
        probe(list(good, count + 1), false, "must have at most");
    }
    if let Some(count) = size(schema, "maxProperties") {
        probe(map(good, count), true, "must have at most");
        probe(map(good, count + 1), false, "must have at most");
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        probe(value.clone(), true, "Unsupported value");
    }
    if schema["enum"].is_array() {
        probe(json!("Nonsense"), false, "Unsupported value");
    }
    probes
}

/// The schema has a number with a fraction, even where it is none.
fn whole(bound: &Value) -> Option<i64> {
    let text = bound.as_f64()?.to_string();
    Some(text.parse().unwrap())
}

fn size(schema: &Value, bound: &str) -> Option<usize> {
    schema[bound].as_u64().map(|size| usize::try_from(size).unwrap())
}

/// The good value, made longer.
fn text(good: &Value, length: usize) -> Value {
    let good = good.as_str().unwrap();
    json!(format!("{good}{}", "a".repeat(length - good.len())))
}

/// The good list with more elements, no two alike where that is possible.
fn list(good: &Value, count: usize) -> Value {
    let good = good.as_array().unwrap();
    let more = |index: usize| match &good[index % good.len()] {
        Value::String(text) if count > 4 => json!(format!("{text}{index}")),
        Value::Object(fields) => {
            let mut fields = fields.clone();
            fields.insert("name".to_owned(), json!(format!("name{index}")));
            Value::Object(fields)
        }
        other => other.clone(),
    };
    (0..count).map(more).collect()
}

/// The good map with more entries.
fn map(good: &Value, count: usize) -> Value {
    let mut map = good.as_object().unwrap().clone();
    for index in map.len()..count {
        map.insert(format!("key{index}"), json!("value"));
    }
    Value::Object(map)
}

/// The manifest that has the node, and the node's value in it.
fn place(node: &Node, manifests: &[Value]) -> Option<(Value, Value)> {
    manifests.iter().find_map(|manifest| {
        let mut manifest = manifest.clone();
        let good = node.find(&mut manifest)?.clone();
        Some((manifest, good))
    })
}

#[tokio::test]
async fn every_bound_holds_and_lets_through_what_is_inside() {
    let judge = Judge::new("bounds").await;
    let manifests = repository::full();
    let mut wrong = Vec::new();
    let mut count = 0;
    for node in schema::spec() {
        if !has_bound(&node.schema) {
            continue;
        }
        let name = node.name();
        let (manifest, good) = place(&node, &manifests)
            .unwrap_or_else(|| panic!("examples/full.yaml has no {name}: add it"));
        for probe in probes(&node.schema, &good) {
            count += 1;
            let mut manifest = manifest.clone();
            *node.find(&mut manifest).unwrap() = probe.value.clone();
            let said = judge.connection(&manifest).await.err().unwrap_or_default();
            if said.contains(probe.words) == probe.inside {
                let shown: String = probe.value.to_string().chars().take(60).collect();
                wrong.push(format!("{name} = {shown}…: {said}"));
            }
        }
    }
    assert!(count > 200, "{count} probes: the schema is not walked");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn has_bound(schema: &Value) -> bool {
    let bounds =
        ["enum", "maxItems", "maxLength", "maxProperties", "maximum", "minLength", "minimum"];
    bounds.iter().any(|bound| !schema[*bound].is_null())
}

#[tokio::test]
async fn a_name_has_room_for_the_names_of_its_secrets() {
    let judge = Judge::new("names").await;
    let mut manifest = repository::full().remove(0);
    manifest["spec"]["secret"]["name"] = Value::Null;
    manifest["metadata"]["name"] = json!("a".repeat(240));
    judge.connection(&manifest).await.unwrap();
    manifest["metadata"]["name"] = json!("a".repeat(241));
    let said = judge.connection(&manifest).await.unwrap_err();
    assert!(said.contains("metadata.name must have at most 240 characters"), "{said}");
}
