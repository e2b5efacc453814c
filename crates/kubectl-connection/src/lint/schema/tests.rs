use super::*;

use serde_json::json;

use connection_client::api::crd;

/// Every keyword that is understood, or says nothing about values.
const KNOWN: [&str; 22] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minLength",
    "minimum",
    "nullable",
    "properties",
    "required",
    "title",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

fn keywords(schema: &Value, found: &mut BTreeSet<String>) {
    let Some(fields) = schema.as_object() else { return };
    found.extend(fields.keys().cloned());
    for child in schema["properties"].as_object().into_iter().flatten().map(|(_, child)| child) {
        keywords(child, found);
    }
    keywords(&schema["items"], found);
    keywords(&schema["additionalProperties"], found);
}

#[test]
fn every_keyword_of_the_resources_schema_is_understood() {
    let definition = serde_json::to_value(crd::connections()).unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut found = BTreeSet::new();
    keywords(schema, &mut found);
    found.retain(|one| !KNOWN.contains(&one.as_str()));
    assert!(found.is_empty(), "teach cli::lint::schema: {found:?}");
}

#[test]
fn a_value_is_what_its_schema_says() {
    let schema = json!({
        "type": "object",
        "required": ["flow"],
        "properties": {
            "flow": { "type": "string", "enum": ["A", "B"] },
            "id": { "type": "string", "minLength": 1, "maxLength": 3 },
            "count": { "type": "integer", "minimum": 1, "maximum": 5 },
            "set": { "type": "array", "maxItems": 2, "items": { "type": "string" }, "x-kubernetes-list-type": "set" },
            "map": { "type": "array", "items": { "type": "object", "properties": { "name": {} } },
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
            "texts": { "type": "object", "maxProperties": 1, "additionalProperties": { "type": "string" } },
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
        },
    });
    let table = [
        (json!({ "flow": "A", "id": "äöü", "free": { "x": [null] } }), vec![]),
        (json!({}), vec!["flow: Required value"]),
        (
            json!({ "flow": "C" }),
            vec!["flow: Unsupported value: \"C\": supported values: \"A\", \"B\""],
        ),
        (
            json!({ "flow": 1 }),
            vec![
                "flow: Invalid value: \"integer\": flow in body must be of type string: \"integer\"",
            ],
        ),
        (
            json!({ "flow": "A", "id": "" }),
            vec!["id: Invalid value: \"\": id in body should be at least 1 chars long"],
        ),
        (json!({ "flow": "A", "id": "äöüx" }), vec!["id: Too long: may not be more than 3 bytes"]),
        (
            json!({ "flow": "A", "count": 0 }),
            vec!["count: Invalid value: 0: count in body should be greater than or equal to 1"],
        ),
        (
            json!({ "flow": "A", "set": ["a", "b", "a"] }),
            vec!["set: Too many: 3: must have at most 2 items", "set[2]: Duplicate value: \"a\""],
        ),
        (
            json!({ "flow": "A", "map": [{ "name": "a" }, { "name": "a" }] }),
            vec!["map[1]: Duplicate value: {\"name\":\"a\"}"],
        ),
        (
            json!({ "flow": "A", "texts": { "a": "", "b": "" } }),
            vec!["texts: Too many: 2: must have at most 1 items"],
        ),
        (
            json!({ "flow": "A", "folw": 1 }),
            vec!["folw: unknown field \"folw\": remove or correct it"],
        ),
    ];
    for (value, expected) in table {
        let said: Vec<_> = faults(&schema, &value).iter().map(ToString::to_string).collect();
        assert_eq!(said, expected, "{value}");
    }
}
