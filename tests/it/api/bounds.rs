//! Tests every bound of every field: values at the bound are accepted, values beyond it rejected.

use serde_json::{Value, json};

use super::repository;
use super::schema::{self, Node};
use super::server::DryRun;

/// A value at or beyond a bound, and a part of the message if it is rejected.
struct Probe {
    value: Value,
    valid: bool,
    message: &'static str,
}

fn probes(schema: &Value, good: &Value) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut probe = |value: Value, valid: bool, message: &'static str| {
        probes.push(Probe { value, valid, message });
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

/// Converts a bound, which the schema serializes as a floating-point number.
fn whole(bound: &Value) -> Option<i64> {
    let text = bound.as_f64()?.to_string();
    Some(text.parse().unwrap())
}

fn size(schema: &Value, bound: &str) -> Option<usize> {
    schema[bound].as_u64().map(|size| usize::try_from(size).unwrap())
}

/// Extends a valid value to a length.
fn text(good: &Value, length: usize) -> Value {
    let good = good.as_str().unwrap();
    json!(format!("{good}{}", "a".repeat(length - good.len())))
}

/// Extends a valid list to a number of distinct items, as far as possible.
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

/// Extends a valid map to a number of entries.
fn map(good: &Value, count: usize) -> Value {
    let mut map = good.as_object().unwrap().clone();
    for index in map.len()..count {
        map.insert(format!("key{index}"), json!("value"));
    }
    Value::Object(map)
}

/// Returns a manifest that contains the node, and the value of the node.
fn manifest_with(node: &Node, manifests: &[Value]) -> Option<(Value, Value)> {
    manifests.iter().find_map(|manifest| {
        let mut manifest = manifest.clone();
        let good = node.find(&mut manifest)?.clone();
        Some((manifest, good))
    })
}

#[tokio::test]
async fn every_bound_accepts_valid_values_and_rejects_others() {
    let server = DryRun::new("bounds").await;
    let manifests = repository::full();
    let mut wrong = Vec::new();
    let mut count = 0;
    for node in schema::spec() {
        if !has_bound(&node.schema) {
            continue;
        }
        let name = node.name();
        let (manifest, good) = manifest_with(&node, &manifests)
            .unwrap_or_else(|| panic!("examples/full.yaml has no {name}: add it"));
        for probe in probes(&node.schema, &good) {
            count += 1;
            let mut manifest = manifest.clone();
            *node.find(&mut manifest).unwrap() = probe.value.clone();
            let error = server.connection(&manifest).await.err().unwrap_or_default();
            if error.contains(probe.message) == probe.valid {
                let value: String = probe.value.to_string().chars().take(60).collect();
                wrong.push(format!("{name} = {value}…: {error}"));
            }
        }
    }
    assert!(count > 200, "{count} probes: the schema was not traversed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn has_bound(schema: &Value) -> bool {
    let bounds =
        ["enum", "maxItems", "maxLength", "maxProperties", "maximum", "minLength", "minimum"];
    bounds.iter().any(|bound| !schema[*bound].is_null())
}

#[tokio::test]
async fn a_name_leaves_room_for_the_suffixes_of_its_secrets() {
    let server = DryRun::new("names").await;
    let mut manifest = repository::full().remove(0);
    manifest["spec"]["secret"]["name"] = Value::Null;
    manifest["metadata"]["name"] = json!("a".repeat(240));
    server.connection(&manifest).await.unwrap();
    manifest["metadata"]["name"] = json!("a".repeat(241));
    let error = server.connection(&manifest).await.unwrap_err();
    assert!(error.contains("metadata.name must have at most 240 characters"), "{error}");
}
