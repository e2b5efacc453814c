//! The table of presets in `docs/providers/README.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::all;
use connection_core::connection::preset::Preset;
use connection_core::connection::preset::assertion::PresetAudience;
use connection_core::connection::preset::definition::PresetDefinition;
use connection_core::connection::preset::value::ValuePattern;

const HEAD: &str = "\
| Preset | Flow | Values | Audience | Algorithm | Assertion lifetime | Token expiry |
|---|---|---|---|---|---|---|
";

/// Renders all presets as a Markdown table.
pub fn table() -> String {
    let mut table = HEAD.to_owned();
    for definition in all() {
        // A preset that cannot be filled fails other tests.
        let preset = &definition.fill(&placeholders(definition)).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| [`{name}`]({name}.md) | {} | {} | {} | {} | {} | {} |",
            list(preset.flows.iter().map(|flow| flow.as_str())),
            values(definition),
            audience(preset),
            algorithms(preset),
            lifetime(preset),
            expiry(preset),
            name = definition.name,
        );
    }
    table
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn values(preset: &PresetDefinition) -> String {
    if preset.values.is_empty() {
        return "none".to_owned();
    }
    let values: Vec<_> = preset
        .values
        .iter()
        .map(|(name, value)| match &value.default {
            Some(default) => format!("`{name}` (`{default}`)"),
            None => format!("`{name}`"),
        })
        .collect();
    values.join(", ")
}

/// Content of the columns about assertions for a preset that sends none.
const NO_ASSERTION: &str = "no assertion";

fn audience(preset: &Preset) -> String {
    if !preset.sends_assertion() {
        return NO_ASSERTION.to_owned();
    }
    match &preset.assertion.audience {
        PresetAudience::Issuer => "the issuer, otherwise the token endpoint".to_owned(),
        PresetAudience::TokenEndpoint => "the token endpoint".to_owned(),
        PresetAudience::ClientId => "the client id".to_owned(),
        PresetAudience::Text(text) => format!("`{text}`"),
    }
}

fn algorithms(preset: &Preset) -> String {
    let algorithms = &preset.assertion.algorithms;
    if !preset.sends_assertion() {
        NO_ASSERTION.to_owned()
    } else if algorithms.is_empty() {
        "default for the key".to_owned()
    } else {
        list(algorithms.iter().map(|algorithm| algorithm.as_str()))
    }
}

/// Keeps a free value as a name in braces, and replaces a choice by the texts of its default.
fn placeholders(preset: &PresetDefinition) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, value) in &preset.values {
        let free = value.pattern.names(name).into_iter();
        texts.extend(free.map(|name| (name.to_owned(), format!("{{{name}}}"))));
        // Without a default the choice is open, so its placeholders remain.
        if let (ValuePattern::Choices(_), Some(default)) = (&value.pattern, &value.default) {
            texts.extend(value.pattern.read(name, default).unwrap_or_default());
        }
    }
    texts
}

fn lifetime(preset: &Preset) -> String {
    if !preset.sends_assertion() {
        return NO_ASSERTION.to_owned();
    }
    let default = preset.assertion.lifetime_seconds;
    match preset.assertion.maximum_lifetime_seconds {
        Some(maximum) => format!("{default} s, at most {maximum} s"),
        None => format!("{default} s"),
    }
}

fn expiry(preset: &Preset) -> String {
    match preset.token.lifetime_seconds {
        Some(seconds) => format!("not in the response; {seconds} s are assumed"),
        None => "in the response".to_owned(),
    }
}
