//! A null for a field that cannot be null is dropped, as the API server does
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable>).

use serde_json::Value;

/// Drops the nulls of fields that the schema knows. Others belong to whoever wrote them.
pub(super) fn drop(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, field| {
                let Some(schema) = child(schema, name) else { return true };
                let keep = !field.is_null() || schema["nullable"] == true;
                drop(schema, field);
                keep
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|item| drop(&schema["items"], item)),
        _ => {}
    }
}

/// The schema of a field: its own, else that of all further ones.
pub(super) fn child<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let own = schema["properties"].get(name);
    own.or_else(|| schema.get("additionalProperties").filter(|one| one.is_object()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nulls_of_known_fields_go_and_others_stay() {
        let schema = json!({ "properties": {
            "a": { "type": "string" },
            "free": { "x-kubernetes-preserve-unknown-fields": true, "properties": { "b": {} } },
            "map": { "additionalProperties": { "type": "string" } },
            "list": { "items": { "properties": { "c": {} } } },
        } });
        let mut value = json!({ "a": null, "unknown": null, "free": { "b": null, "x": null },
            "map": { "k": null, "l": "" }, "list": [{ "c": null }] });
        drop(&schema, &mut value);
        assert_eq!(
            value,
            json!({ "unknown": null, "free": { "x": null }, "map": { "l": "" }, "list": [{}] })
        );
    }
}
