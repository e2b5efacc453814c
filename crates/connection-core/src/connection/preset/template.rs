//! Texts with `{name}` in them.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// A text with the names of values in braces: `https://{domain}.salesforce.com`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
}

/// A template that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the template has braces that enclose no name; write `{{name}}`")]
pub struct StrayBrace;

impl Template {
    /// Returns the names that stand in braces, in the order of the text.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// The first name that has no value.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String, &str> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.as_str()),
                Part::Value(name) => values.get(name).map(String::as_str).ok_or(name.as_str()),
            })
            .collect()
    }

    /// Returns the text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for Template {
    type Error = StrayBrace;

    fn try_from(text: String) -> Result<Self, StrayBrace> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(StrayBrace)?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(StrayBrace);
            }
            push_text(&mut parts, before)?;
            parts.push(Part::Value(name.to_owned()));
            rest = after;
        }
        push_text(&mut parts, rest)?;
        Ok(Self { text, parts })
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Result<(), StrayBrace> {
    if text.contains('}') {
        return Err(StrayBrace);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn values_take_the_place_of_their_names() {
        let values = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".into(), "{a}".into())]);
        for (text, expected) in [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("{a}", Ok("1")),
            ("x{a}{a}y", Ok("x11y")),
            ("{a}-{b}", Ok("1-{a}")),
            ("{a}-{c}", Err("c")),
        ] {
            assert_eq!(template(text).fill(&values).as_deref(), expected.as_ref().map(|t| *t));
        }
    }

    #[test]
    fn names_are_told_in_the_order_of_the_text() {
        let template = template("{b}/{a}/{b}");
        assert_eq!(template.names().collect::<Vec<_>>(), ["b", "a", "b"]);
        assert_eq!(template.as_str(), "{b}/{a}/{b}");
    }

    #[test]
    fn a_brace_without_a_name_is_refused() {
        for text in ["{", "}", "{}", "a}b", "{a", "{a b}", "{a{b}}", "{a}}"] {
            assert_eq!(Template::try_from(text.to_owned()), Err(StrayBrace), "{text}");
        }
    }
}
