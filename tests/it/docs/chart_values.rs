//! The reference of the chart's values, from its values.yaml: defaults, and comments for the meaning.

use serde_json::Value;

use super::{assert_generated, read};

/// Maps that go into the pod as they are: one row for the whole.
const WHOLE: [&str; 5] =
    ["resources", "podSecurityContext", "securityContext", "livenessProbe", "readinessProbe"];

/// The comment lines as one text; an indented line is one of a list.
fn joined(comment: &[&str]) -> String {
    let mut text = String::new();
    for line in comment {
        let words: Vec<_> = line.split_whitespace().collect();
        let between = if line.starts_with("  ") { "<br>" } else { " " };
        text = format!("{text}{between}{}", words.join(" "));
    }
    text.trim_start().replace('|', "\\|")
}

/// Path, default and meaning of each value, and of each group that has a comment.
fn rows(text: &str) -> Vec<String> {
    let values: Value = serde_saphyr::from_str(text).expect("YAML");
    let (mut path, mut comment, mut rows) = (Vec::<&str>::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let depth = (line.len() - line.trim_start().len()) / 2;
        if let Some(words) = line.trim_start().strip_prefix('#') {
            comment.push(words.strip_prefix(' ').unwrap_or(words));
            continue;
        }
        let key = line.trim_start().split_once(':').map(|(key, _)| key);
        let Some(key) = key.filter(|key| key.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        else {
            comment.clear();
            continue;
        };
        path.truncate(depth);
        path.push(key);
        let meaning = joined(&std::mem::take(&mut comment));
        let is_part = WHOLE.contains(&path[0]) && path.len() > 1;
        let Some(value) = values.pointer(&format!("/{}", path.join("/"))).filter(|_| !is_part)
        else {
            continue;
        };
        let is_group = value.as_object().is_some_and(|map| !map.is_empty());
        let default = match value {
            _ if is_group && !WHOLE.contains(&key) => String::new(),
            value => format!("`{value}`"),
        };
        if !(default.is_empty() && meaning.is_empty()) {
            rows.push(format!("| `{}` | {default} | {meaning} |\n", path.join(".")));
        }
    }
    rows
}

#[test]
fn the_values_are_those_of_the_chart() {
    let rows = rows(&read("charts/connection-operator/values.yaml"));
    assert!(rows.len() > 80, "{rows:?}");
    let table = format!("| Value | Default | Meaning |\n|---|---|---|\n{}", rows.concat());
    assert_generated("charts/connection-operator/README.md", &table);
}
