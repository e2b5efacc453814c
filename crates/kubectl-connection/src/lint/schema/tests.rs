use super::*;

use serde_json::json;

use connection_client::api::crd;

/// The keywords that the validation supports, or that do not constrain values.
const SUPPORTED: [&str; 22] = [
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
fn every_keyword_of_the_schema_is_supported() {
    let definition = serde_json::to_value(crd::connections()).unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut found = BTreeSet::new();
    keywords(schema, &mut found);
    found.retain(|keyword| !SUPPORTED.contains(&keyword.as_str()));
    assert!(found.is_empty(), "unsupported keywords: {found:?}");
}

fn schema() -> Value {
    json!({
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
    })
}

#[test]
fn violations_of_the_schema_are_reported_in_the_words_of_the_api_server() {
    let schema = schema();
    let values = [
        json!({ "flow": "A", "id": "äöü", "free": { "x": [null] } }),
        json!({}),
        json!({ "flow": "C" }),
        json!({ "flow": 1 }),
        json!({ "flow": "A", "id": "" }),
        json!({ "flow": "A", "id": "äöüx" }),
        json!({ "flow": "A", "count": 0 }),
        json!({ "flow": "A", "count": 6 }),
        json!({ "flow": "A", "set": ["a", "b", "a"] }),
        json!({ "flow": "A", "map": [{ "name": "a" }, { "name": "a" }] }),
        json!({ "flow": "A", "texts": { "a": "", "b": "" } }),
        json!({ "flow": "A", "folw": 1 }),
    ];
    let violations = |value: &Value| {
        let violations = violations(&schema, value);
        violations.iter().map(|violation| format!("\n  {violation}")).collect::<Vec<_>>().concat()
    };
    let lines = values.map(|value| format!("{value}{}", violations(&value)));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"flow":"A","free":{"x":[null]},"id":"äöü"}
    {}
      flow: Required value
    {"flow":"C"}
      flow: Unsupported value: "C": supported values: "A", "B"
    {"flow":1}
      flow: Invalid value: "integer": flow in body must be of type string: "integer"
    {"flow":"A","id":""}
      id: Invalid value: "": id in body should be at least 1 chars long
    {"flow":"A","id":"äöüx"}
      id: Too long: may not be more than 3 bytes
    {"count":0,"flow":"A"}
      count: Invalid value: 0: count in body should be greater than or equal to 1
    {"count":6,"flow":"A"}
      count: Invalid value: 6: count in body should be less than or equal to 5
    {"flow":"A","set":["a","b","a"]}
      set: Too many: 3: must have at most 2 items
      set[2]: Duplicate value: "a"
    {"flow":"A","map":[{"name":"a"},{"name":"a"}]}
      map[1]: Duplicate value: {"name":"a"}
    {"flow":"A","texts":{"a":"","b":""}}
      texts: Too many: 2: must have at most 1 items
    {"flow":"A","folw":1}
      folw: unknown field "folw": remove or correct it
    "#);
}
