//! Today's resource takes what older versions took.

use std::fs;

use serde_json::{Value, json};

use super::{recorded, versions};
use crate::stage::{CRDS, Scene};

/// What an old schema allowed and a new one does not.
fn losses(path: &str, old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if old["type"] != new["type"] {
        found.push(format!("{path}: type {} became {}", old["type"], new["type"]));
    }
    let texts = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let asked = texts(&new["required"]).into_iter();
    for name in asked.filter(|name| !texts(&old["required"]).contains(name)) {
        found.push(format!("{path}: {name} is required now"));
    }
    if !new["enum"].is_null() {
        let gone =
            texts(&old["enum"]).into_iter().filter(|text| !texts(&new["enum"]).contains(text));
        found.extend(gone.map(|value| format!("{path}: {value} is no value any more")));
        if old["enum"].is_null() {
            found.push(format!("{path}: not every value is one any more"));
        }
    }
    found.extend(tightened(path, old, new));
    for (name, old) in old["properties"].as_object().into_iter().flatten() {
        match &new["properties"][name] {
            Value::Null => found.push(format!("{path}.{name} is gone")),
            new => found.extend(losses(&format!("{path}.{name}"), old, new)),
        }
    }
    for inside in ["items", "additionalProperties"] {
        if old[inside].is_object() {
            found.extend(losses(&format!("{path}.{inside}"), &old[inside], &new[inside]));
        }
    }
    found
}

/// The bounds that are narrower.
fn tightened(path: &str, old: &Value, new: &Value) -> Vec<String> {
    let upper = ["maxLength", "maxItems", "maxProperties", "maximum"].map(|word| (word, 1.0));
    let lower = ["minLength", "minItems", "minProperties", "minimum"].map(|word| (word, -1.0));
    let narrower = |&(word, sign): &(&str, f64)| {
        let bound =
            |schema: &Value| schema[word].as_f64().map_or(f64::INFINITY, |as_f64| as_f64 * sign);
        bound(new) < bound(old)
    };
    let all = upper.into_iter().chain(lower);
    all.filter(narrower).map(|(word, _)| format!("{path}: {word} is {}", new[word])).collect()
}

/// What of the served versions of a resource is lost.
fn lost_of_resource(old: &Value, new: &Value) -> Vec<String> {
    let versions = |crd: &Value| crd["spec"]["versions"].as_array().cloned().expect("versions");
    let new = versions(new);
    let served = versions(old).into_iter().filter(|version| version["served"] == true);
    served
        .flat_map(|old| {
            let name = old["name"].as_str().unwrap_or_default().to_owned();
            let same = new.iter().find(|new| new["name"] == old["name"] && new["served"] == true);
            let schema = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
            same.map_or_else(
                || vec![format!("{name} is not served")],
                |item| losses(&name, &schema(&old), &schema(item)),
            )
        })
        .collect()
}

#[test]
fn the_schema_keeps_everything_that_a_release_had() {
    let file = fs::read_dir(CRDS).expect("the folder is there").next().expect("one file");
    let present = fs::read_to_string(file.expect("an entry").path()).expect("it can be read");
    let present: Value = serde_saphyr::from_str(&present).expect("YAML");
    for version in versions() {
        let old: Value = serde_saphyr::from_str(&recorded(&version, "crd.yaml")).expect("YAML");
        assert_eq!(lost_of_resource(&old, &present), Vec::<String>::new(), "since {version}");
    }
}

#[test]
fn each_type_of_loss_is_detected() {
    let old = json!({ "type": "object", "required": ["a"], "properties": {
        "a": { "type": "string", "enum": ["x", "y"], "maxLength": 9 },
        "b": { "type": "array", "minItems": 1, "items": { "type": "integer" } },
    } });
    assert_eq!(losses("s", &old, &old), Vec::<String>::new());
    for (pointer, value, expected) in [
        ("/properties/b", Value::Null, "s.b is gone"),
        ("/properties/a/type", json!("integer"), "s.a: type \"string\" became \"integer\""),
        ("/properties/b/items/type", json!("string"), "type \"integer\" became \"string\""),
        ("/required", json!(["a", "b"]), "s: \"b\" is required now"),
        ("/properties/a/enum", json!(["x"]), "s.a: \"y\" is no value any more"),
        ("/properties/a/maxLength", json!(8), "s.a: maxLength is 8"),
        ("/properties/b/minItems", json!(2), "s.b: minItems is 2"),
    ] {
        let mut new = old.clone();
        *new.pointer_mut(pointer).expect("it is there") = value;
        let found = losses("s", &old, &new).join("; ");
        assert!(found.contains(expected), "{expected}: {found}");
    }
    let mut wider = old.clone();
    wider["properties"]["c"] = json!({ "type": "string" });
    wider["properties"]["a"]["enum"] = json!(["x", "y", "z"]);
    assert_eq!(losses("s", &old, &wider), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_crd_accepts_every_recorded_object() {
    let scene = Scene::open("recorded").await;
    for version in versions() {
        let text = recorded(&version, "objects.json");
        let text = text.replace(super::objects::NAMESPACE, scene.namespace.name());
        let mut list: Value = serde_json::from_str(&text).expect("JSON");
        for item in list["items"].as_array_mut().expect("a list") {
            for key in ["uid", "resourceVersion", "managedFields", "creationTimestamp"] {
                item["metadata"].as_object_mut().expect("metadata").remove(key);
            }
        }
        let apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
        scene.stage.plane.kubectl_ok(&apply, &list.to_string()).await.expect("all are accepted");
    }
}
