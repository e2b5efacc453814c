//! The presets as a table, for `docs/providers/README.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::all;
use crate::connection::preset::Preset;
use crate::connection::preset::assertion::PresetAudience;
use crate::connection::preset::value::{PresetValue, ValuePattern};

const HEAD: &str = "\
| Preset | Flow | Values | Audience | Algorithm | Assertion lifetime | Token expiry |
|---|---|---|---|---|---|---|
";

/// Renders all presets as a Markdown table.
#[must_use]
pub fn table() -> String {
    let mut table = HEAD.to_owned();
    for preset in all() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| [`{name}`]({name}.md) | {} | {} | {} | {} | {} | {} |",
            list(preset.flows.iter().map(|flow| flow.as_str())),
            values(preset),
            audience(preset),
            list(preset.assertion.algorithms.iter().map(|algorithm| algorithm.as_str())),
            lifetime(preset),
            expiry(preset),
            name = preset.name,
        );
    }
    table
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn values(preset: &Preset) -> String {
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

fn audience(preset: &Preset) -> String {
    match &preset.assertion.audience {
        PresetAudience::TokenEndpoint => "the token endpoint".to_owned(),
        PresetAudience::ClientId => "the client id".to_owned(),
        PresetAudience::Text(template) => {
            format!("`{}`", template.fill(&placeholders(preset)).unwrap_or_else(str::to_owned))
        }
    }
}

/// A value that is free stays a name in braces; a choice shows what its default stands for.
fn placeholders(preset: &Preset) -> BTreeMap<String, String> {
    let shown = |(name, value): (&String, &PresetValue)| {
        let text = match (&value.pattern, &value.default) {
            (ValuePattern::Choices(choices), Some(default)) => choices.get(default).cloned(),
            (ValuePattern::Labels | ValuePattern::Host | ValuePattern::Id, _)
            | (ValuePattern::Choices(_), None) => None,
        };
        (name.clone(), text.unwrap_or_else(|| format!("{{{name}}}")))
    };
    preset.values.iter().map(shown).collect()
}

fn lifetime(preset: &Preset) -> String {
    let usual = preset.assertion.lifetime_seconds;
    match preset.assertion.maximum_lifetime_seconds {
        Some(maximum) => format!("{usual} s, at most {maximum} s"),
        None => format!("{usual} s"),
    }
}

fn expiry(preset: &Preset) -> String {
    match preset.token.lifetime_seconds {
        Some(seconds) => format!("not in the answer; {seconds} s are assumed"),
        None => "in the answer".to_owned(),
    }
}
