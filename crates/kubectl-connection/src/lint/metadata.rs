//! Validates the metadata fields that users set, as the API server does.

use serde_json::Value;

use crate::lint::violation::Violation;

/// The fields of an object's metadata
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>).
const FIELDS: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Returns the violations of an object's metadata.
pub(super) fn violations(metadata: &Value) -> Vec<Violation> {
    let Some(fields) = metadata.as_object() else {
        return vec![Violation::new("metadata", "Required value: set metadata.name")];
    };
    let mut violations = Vec::new();
    for name in fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        violations.push(Violation::new(
            format!("metadata.{name}"),
            "unknown field: remove or correct it",
        ));
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    match (text("name"), text("generateName")) {
        (Some(name), _) if !is_subdomain(name) => violations.push(Violation::new(
            "metadata.name",
            "Invalid value: a name consists of lower-case letters, digits, `-` and `.`, and starts and ends with a letter or digit",
        )),
        // With generateName the API server generates the name.
        (None, None) => violations.push(Violation::new("metadata.name", "Required value: set metadata.name")),
        _ => {}
    }
    for map in ["annotations", "labels"] {
        for (key, value) in fields.get(map).and_then(Value::as_object).into_iter().flatten() {
            // YAML reads an unquoted `true` or `1` as another type.
            if !value.is_string() {
                let message = "Invalid value: must be a string: add quotes";
                violations.push(Violation::new(format!("metadata.{map}.{key}"), message));
            }
        }
    }
    violations
}

/// Returns whether a name is a DNS subdomain (RFC 1123).
fn is_subdomain(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        ends.into_iter().all(|end| end.copied().is_some_and(inside))
            && bytes.iter().all(|byte| inside(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn invalid_metadata_is_reported() {
        let table = [
            (json!({ "name": "crm" }), ""),
            (json!({ "generateName": "crm-" }), ""),
            (json!({ "name": "crm", "labels": { "a": "b" }, "namespace": "team-a" }), ""),
            (json!(null), "metadata: Required"),
            (json!({}), "metadata.name: Required"),
            (json!({ "name": "Crm" }), "metadata.name: Invalid"),
            (json!({ "name": "crm-" }), "metadata.name: Invalid"),
            (json!({ "name": "a..b" }), "metadata.name: Invalid"),
            (json!({ "name": "crm", "lables": {} }), "metadata.lables: unknown field"),
            (json!({ "name": "crm", "labels": { "a": 1 } }), "metadata.labels.a: Invalid"),
        ];
        for (metadata, expected) in table {
            let found: Vec<_> = violations(&metadata).iter().map(ToString::to_string).collect();
            assert!(found.join("\n").starts_with(expected), "{metadata}: {found:?}");
            assert_eq!(found.is_empty(), expected.is_empty(), "{metadata}: {found:?}");
        }
    }
}
