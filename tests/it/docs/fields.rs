//! The reference of the fields of a Connection, from the schema that the API server gets.

use serde_json::Value;

use super::demand_generated;

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> String {
    let format = schema["format"].as_str();
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(&schema["additionalProperties"]))
        }
        Some(word) => match format {
            Some("date-time") => "time".to_owned(),
            _ => word.to_owned(),
        },
        None => "any".to_owned(),
    }
}

/// The words that a value may be.
fn words(schema: &Value) -> Option<String> {
    let words = schema["enum"].as_array()?.iter();
    let words: Vec<_> =
        words.map(|word| format!("`{}`", word.as_str().unwrap_or_default())).collect();
    Some(words.join(", "))
}

/// The smallest and the largest of what is counted.
fn range(schema: &Value, [least, most]: [&str; 2], unit: &str) -> Option<String> {
    let bound = |name: &str| {
        let bound = &schema[name];
        bound.as_f64().map(|number| number.to_string())
    };
    let text = match (bound(least), bound(most)) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => return None,
    };
    Some(format!("{text}{unit}"))
}

/// The limits of a value, those of the items of a list among them.
fn bounds(schema: &Value) -> String {
    let found = [
        words(schema),
        range(schema, ["minimum", "maximum"], ""),
        range(schema, ["minLength", "maxLength"], " characters"),
        range(schema, ["minItems", "maxItems"], " items"),
        range(schema, ["minProperties", "maxProperties"], " entries"),
    ];
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    for inner in ["items", "additionalProperties"] {
        let inner = &schema[inner];
        // An object's own fields have rows.
        if inner.is_object() && inner["properties"].is_null() && !bounds(inner).is_empty() {
            found.push(format!("each {}", bounds(inner)));
        }
    }
    found.join("; ")
}

/// The description of a field and the messages of its validation rules.
fn meaning(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default().to_owned();
    let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
    let messages = rules.filter_map(|rule| rule["message"].as_str());
    let rules = messages.map(|message| format!("<br>Validation: {message}"));
    [description].into_iter().chain(rules).collect()
}

/// A row for a field, and for each one in it.
fn rows(path: &str, schema: &Value, required: bool, rows: &mut Vec<String>) {
    let default = match &schema["default"] {
        Value::Null if required => "required".to_owned(),
        Value::Null => String::new(),
        default => format!("`{default}`"),
    };
    let cells = [&kind(schema), &default, &bounds(schema), &meaning(schema)].map(|text| cell(text));
    rows.push(format!("| `{path}` | {} |\n", cells.join(" | ")));
    for (part, at) in
        [("", schema), ("[]", &schema["items"]), (".*", &schema["additionalProperties"])]
    {
        for (name, inner) in at["properties"].as_object().into_iter().flatten() {
            let needed =
                at["required"].as_array().is_some_and(|all| all.contains(&name.as_str().into()));
            self::rows(&format!("{path}{part}.{name}"), inner, needed, rows);
        }
    }
}

#[test]
fn the_fields_are_those_of_the_schema() {
    let definition = connection_client::api::crd::connections();
    let definition = serde_json::to_value(definition).expect("JSON");
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let sections = ["spec", "status"].map(|part| {
        let mut found = Vec::new();
        rows(part, &schema["properties"][part], part == "spec", &mut found);
        assert!(found.len() > 10, "{found:?}");
        let head = "| Field | Type | Default | Bounds | Meaning |\n|---|---|---|---|---|\n";
        format!("## {part}\n\n{head}{}", found.concat())
    });
    let whole = meaning(schema);
    let rules = whole.split("<br>Validation: ").skip(1).map(|rule| format!("- {rule}\n"));
    let rules: String = rules.collect();
    let rules = if rules.is_empty() {
        rules
    } else {
        format!("\n## Validation rules of the resource\n\n{rules}")
    };
    demand_generated("docs/reference/connection.md", &(sections.join("\n") + &rules));
}
