//! The error that an answer names, if any.

use serde_json::Value;

use super::body::Fields;
use super::rules::ErrorRule;
use crate::oauth::error_code::ErrorCode;

/// Where providers that send an object instead of a code put the code.
const NESTED: [&str; 4] = ["code", "error", "type", "status"];

/// Finds the error: by the flag that says that all is not well, or by a code that is there.
pub(super) fn find(fields: &Fields, rule: &ErrorRule) -> Option<ErrorCode> {
    let root = fields.root();
    let failed = rule.ok.as_ref().and_then(|path| path.find(root)).is_some_and(is_false);
    let named = rule.path.find(root).and_then(|value| named(value, rule));
    let code = named.or(failed.then_some(ErrorCode::Other))?;
    let description = rule.description.find(root).and_then(Value::as_str);
    Some(description.and_then(|text| by_phrase(text, rule)).unwrap_or(code))
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::String(text) => text.eq_ignore_ascii_case("false"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// `null`, `false`, `0` and an empty text or object beside a token are no error.
fn named(value: &Value, rule: &ErrorRule) -> Option<ErrorCode> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| meaning(text, rule)),
        Value::Object(nested) if !nested.is_empty() => Some(
            NESTED
                .into_iter()
                .filter_map(|name| nested.get(name).and_then(Value::as_str))
                .map(|text| meaning(text, rule))
                .find(|code| *code != ErrorCode::Other)
                .unwrap_or(ErrorCode::Other),
        ),
        Value::Bool(true) => Some(ErrorCode::Other),
        Value::Number(number) => (number.as_f64() != Some(0.0)).then_some(ErrorCode::Other),
        Value::Array(items) => (!items.is_empty()).then_some(ErrorCode::Other),
        Value::Null | Value::Bool(false) | Value::Object(_) => None,
    }
}

fn meaning(text: &str, rule: &ErrorRule) -> ErrorCode {
    rule.codes.get(text.trim()).copied().unwrap_or_else(|| ErrorCode::read(text))
}

fn by_phrase(description: &str, rule: &ErrorRule) -> Option<ErrorCode> {
    if rule.phrases.is_empty() {
        return None;
    }
    let description = description.to_ascii_lowercase();
    rule.phrases
        .iter()
        .find(|(phrase, _)| description.contains(&phrase.to_ascii_lowercase()))
        .map(|(_, code)| *code)
}
