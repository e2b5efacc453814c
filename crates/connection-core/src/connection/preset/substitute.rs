//! Replaces `{name}` in the texts of a preset's data.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

/// A text that cannot be filled.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SubstituteError {
    #[error("the text has braces that enclose no name: write `{{name}}`")]
    StrayBrace,
    #[error("`{0}` is not declared as a value")]
    Undeclared(String),
}

/// Fills every text below `data`, in place. Keys of objects stay as they are, and a text that was
/// filled in is not filled again.
///
/// # Errors
///
/// Returns the first text that cannot be filled.
pub fn substitute(
    data: &mut Value,
    texts: &BTreeMap<String, String>,
) -> Result<(), SubstituteError> {
    match data {
        Value::String(text) => *text = fill(text, texts)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| substitute(item, texts))?,
        Value::Object(members) => {
            members.values_mut().try_for_each(|member| substitute(member, texts))?;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// Fills one text.
///
/// # Errors
///
/// Returns the first placeholder that is not a name, or has no text.
pub fn fill(text: &str, texts: &BTreeMap<String, String>) -> Result<String, SubstituteError> {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(SubstituteError::StrayBrace)?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name || before.contains('}') {
            return Err(SubstituteError::StrayBrace);
        }
        let value = texts.get(name).ok_or_else(|| SubstituteError::Undeclared(name.to_owned()))?;
        filled.push_str(before);
        filled.push_str(value);
        // Continues after the value, so that a value cannot contain a placeholder.
        rest = after;
    }
    if rest.contains('}') {
        return Err(SubstituteError::StrayBrace);
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts() -> BTreeMap<String, String> {
        BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "{a}".to_owned())])
    }

    #[test]
    fn placeholders_are_replaced_once() {
        for (text, expected) in [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("{a}", Ok("1")),
            ("x{a}{a}y", Ok("x11y")),
            ("{a}-{b}", Ok("1-{a}")),
            ("{a}-{c}", Err(SubstituteError::Undeclared("c".to_owned()))),
        ] {
            assert_eq!(fill(text, &texts()), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_brace_without_a_name_is_an_error() {
        for text in ["{", "}", "{}", "a}b", "{a", "{a b}", "{a{b}}", "{a}}", "}{a}"] {
            assert_eq!(fill(text, &texts()), Err(SubstituteError::StrayBrace), "{text}");
        }
    }

    #[test]
    fn texts_are_filled_at_every_depth() {
        let mut data = json!({ "{a}": ["{a}", { "x": "{a}", "y": 3 }] });
        substitute(&mut data, &texts()).unwrap();
        assert_eq!(data, json!({ "{a}": ["1", { "x": "1", "y": 3 }] }));
    }
}
