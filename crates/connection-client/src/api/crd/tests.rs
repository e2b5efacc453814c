use serde_json::Value;

use super::{connections, yaml};

/// `kubectl apply` without `--server-side` stores the manifest in an annotation (limit: 262,144 bytes).
const MAX_MANIFEST_BYTES: usize = 200_000;

/// Calls `visit` for every node below the root, with its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    let fields = schema["properties"].as_object().into_iter().flatten();
    for (name, child) in fields {
        let path = format!("{path}.{name}");
        visit(&path, child);
        walk(child, &path, visit);
    }
    for (below, step) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[below].is_object() {
            let path = format!("{path}{step}");
            visit(&path, &schema[below]);
            walk(&schema[below], &path, visit);
        }
    }
}

fn every_node(mut visit: impl FnMut(&str, &Value)) {
    let definition = serde_json::to_value(connections()).unwrap();
    let root = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    walk(root, "", &mut visit);
}

#[test]
fn every_field_has_a_description_that_is_a_sentence() {
    every_node(|path, schema| {
        // The API server describes metadata; items of a list or map need no description.
        if path == ".metadata" || path.ends_with("[]") || path.ends_with("{}") {
            return;
        }
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(
            description.ends_with('.'),
            "{path}: write a description with a full stop: {description:?}"
        );
        assert!(
            !description.contains('\n') || path.contains("conditions[]"),
            "{path}: {description:?}"
        );
    });
}

#[test]
fn no_reference_crosses_a_namespace() {
    every_node(|path, _| {
        let field = path.rsplit('.').next().unwrap().to_lowercase();
        assert!(!field.contains("namespace"), "{path}: a reference stays in its namespace");
    });
}

#[test]
fn every_string_list_and_map_of_a_spec_is_bounded() {
    every_node(|path, schema| {
        let bounded = |bound: &str| !schema[bound].is_null();
        let rejected = path.contains(".claims.")
            && schema["description"].as_str().is_some_and(|text| text.starts_with("Rejected"));
        if !path.starts_with(".spec") || rejected {
            return;
        }
        match schema["type"].as_str() {
            Some("string") => {
                assert!(bounded("maxLength") || bounded("enum"), "{path}: set maxLength");
            }
            Some("array") => assert!(bounded("maxItems"), "{path}: set maxItems"),
            Some("object") if schema["additionalProperties"].is_object() => {
                assert!(bounded("maxProperties"), "{path}: set maxProperties");
            }
            Some("integer") => {
                assert!(bounded("minimum") && bounded("maximum"), "{path}: set a range");
            }
            _ => {}
        }
    });
}

#[test]
fn only_the_status_has_a_default() {
    every_node(|path, schema| {
        let expected = path == ".status";
        assert_eq!(!schema["default"].is_null(), expected, "{path}: a default would be drift");
    });
}

#[test]
fn no_field_is_nullable() {
    every_node(|path, schema| assert!(schema["nullable"].is_null(), "{path} is nullable"));
}

#[test]
fn every_rule_has_a_message() {
    every_node(|path, schema| {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            let has_message = rule["message"].is_string() || rule["messageExpression"].is_string();
            assert!(has_message, "{path}: add a message with a remedy to {rule}");
        }
    });
}

#[test]
fn the_manifest_stays_small() {
    let size = yaml().unwrap().len();
    assert!(size < MAX_MANIFEST_BYTES, "{size} bytes: shorten descriptions");
}
