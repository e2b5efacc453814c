//! Drops nulls as the API server does
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable>).

use serde_json::Value;

/// Drops the null values of known fields that are not nullable. Unknown fields are reported later.
pub(super) fn prune(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, field| {
                let Some(schema) = child(schema, name) else { return true };
                let keep = !field.is_null() || schema["nullable"] == true;
                prune(schema, field);
                keep
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|item| prune(&schema["items"], item)),
        _ => {}
    }
}

/// Returns the schema of a field: from `properties`, otherwise from `additionalProperties`.
pub(super) fn child<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let own = schema["properties"].get(name);
    // `additionalProperties` can be a boolean, which describes no field.
    own.or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_nulls_of_known_fields_are_dropped() {
        let schema = json!({ "properties": {
            "a": { "type": "string" },
            "free": { "x-kubernetes-preserve-unknown-fields": true, "properties": { "b": {} } },
            "map": { "additionalProperties": { "type": "string" } },
            "list": { "items": { "properties": { "c": {} } } },
        } });
        let mut value = json!({ "a": null, "unknown": null, "free": { "b": null, "x": null },
            "map": { "k": null, "l": "" }, "list": [{ "c": null }] });
        prune(&schema, &mut value);
        assert_eq!(
            value,
            json!({ "unknown": null, "free": { "x": null }, "map": { "l": "" }, "list": [{}] })
        );
    }
}
