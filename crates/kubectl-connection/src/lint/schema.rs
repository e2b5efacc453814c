//! Validates a value against the structural schema: types, bounds, enums, unknown fields. The messages
//! are those of the API server, so that a web search finds them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lint::prune_nulls::child;
use crate::lint::violation::Violation;

/// Returns the violations of a schema.
pub(super) fn violations(schema: &Value, value: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    // The schema does not describe the metadata; `lint::metadata` validates them.
    walk(schema, value, "", &mut violations);
    violations.retain(|violation| !violation.path.starts_with("metadata"));
    violations
}

fn walk(schema: &Value, value: &Value, path: &str, violations: &mut Vec<Violation>) {
    let mut report = |message: String| violations.push(Violation::new(path, message));
    // Returns early, because the bounds of another type would mislead.
    if let Some(expected) = schema["type"].as_str()
        && !has_type(value, expected)
    {
        let actual = type_name(value);
        report(format!(
            "Invalid value: \"{actual}\": {path} in body must be of type {expected}: \"{actual}\""
        ));
        return;
    }
    if let Some(supported) = schema["enum"].as_array()
        && !supported.contains(value)
    {
        let supported: Vec<_> = supported.iter().map(Value::to_string).collect();
        report(format!("Unsupported value: {value}: supported values: {}", supported.join(", ")));
    }
    match value {
        Value::String(text) => text_bounds(schema, text, path).for_each(&mut report),
        Value::Number(_) => number_bounds(schema, value, path).for_each(&mut report),
        Value::Array(items) => {
            list_bounds(schema, items).into_iter().for_each(&mut report);
            for (index, item) in items.iter().enumerate() {
                walk(&schema["items"], item, &format!("{path}[{index}]"), violations);
            }
            duplicates(schema, items, path, violations);
        }
        Value::Object(fields) => object(schema, fields, path, violations),
        Value::Null | Value::Bool(_) => {}
    }
}

fn has_type(value: &Value, expected: &str) -> bool {
    match expected {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => true,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Object(_) => "object",
        Value::String(_) => "string",
    }
}

fn size(schema: &Value, bound: &str) -> Option<usize> {
    schema[bound].as_u64().and_then(|size| usize::try_from(size).ok())
}

fn text_bounds<'a>(
    schema: &'a Value,
    text: &'a str,
    path: &'a str,
) -> impl Iterator<Item = String> + 'a {
    // Characters, although the API server's message says bytes.
    let length = text.chars().count();
    let short = size(schema, "minLength").filter(|least| length < *least).map(|least| {
        format!("Invalid value: \"{text}\": {path} in body should be at least {least} chars long")
    });
    let long = size(schema, "maxLength")
        .filter(|most| length > *most)
        .map(|most| format!("Too long: may not be more than {most} bytes"));
    short.into_iter().chain(long)
}

fn number_bounds<'a>(
    schema: &'a Value,
    value: &'a Value,
    path: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let number = value.as_f64().unwrap_or_default();
    let small = schema["minimum"].as_f64().filter(|least| number < *least).map(|least| {
        format!("Invalid value: {value}: {path} in body should be greater than or equal to {least}")
    });
    let large = schema["maximum"].as_f64().filter(|most| number > *most).map(|most| {
        format!("Invalid value: {value}: {path} in body should be less than or equal to {most}")
    });
    small.into_iter().chain(large)
}

fn list_bounds(schema: &Value, items: &[Value]) -> Option<String> {
    let most = size(schema, "maxItems").filter(|most| items.len() > *most)?;
    Some(format!("Too many: {}: must have at most {most} items", items.len()))
}

/// Reports duplicate items of sets and duplicate keys of maps.
fn duplicates(schema: &Value, items: &[Value], path: &str, violations: &mut Vec<Violation>) {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    let identity = |item: &Value| match keys {
        Some(keys) => {
            let parts =
                keys.iter().map(|key| format!("{key}:{}", item[key.as_str().unwrap_or_default()]));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
        }
        None => item.to_string(),
    };
    // An atomic list may have duplicates.
    if !matches!(schema["x-kubernetes-list-type"].as_str(), Some("map" | "set")) {
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let identity = identity(item);
        if !seen.insert(identity.clone()) {
            violations.push(Violation::new(
                format!("{path}[{index}]"),
                format!("Duplicate value: {identity}"),
            ));
        }
    }
}

fn object(
    schema: &Value,
    fields: &serde_json::Map<String, Value>,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            violations.push(Violation::new(below(name), "Required value"));
        }
    }
    if let Some(most) = size(schema, "maxProperties").filter(|most| fields.len() > *most) {
        let message = format!("Too many: {}: must have at most {most} items", fields.len());
        violations.push(Violation::new(path, message));
    }
    let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
    for (name, field) in fields {
        match child(schema, name) {
            Some(schema) => walk(schema, field, &below(name), violations),
            // `lint::metadata` reports unknown fields of the metadata.
            None if open || path == "metadata" => {}
            None => {
                let message = format!("unknown field \"{}\": remove or correct it", below(name));
                violations.push(Violation::new(below(name), message));
            }
        }
    }
}

#[cfg(test)]
mod tests;
