//! The OAuth error in a response.

use serde_json::Value;

use super::body::ResponseFields;
use super::rules::ErrorRule;
use crate::oauth::error_code::ErrorCode;

/// Fields that contain the code if `error` is an object.
const NESTED: [&str; 4] = ["code", "error", "type", "status"];

/// Returns the error code, if the response contains one or its success flag is false.
pub(super) fn error_code(fields: &ResponseFields, rule: &ErrorRule) -> Option<ErrorCode> {
    let root = fields.root();
    let failed = rule.ok.as_ref().and_then(|path| path.find(root)).is_some_and(is_false);
    let code = rule.path.find(root).and_then(|value| parse_code(value, rule));
    // The success flag alone says that there is an error, but not which one.
    let code = code.or(failed.then_some(ErrorCode::Other))?;
    let description = rule.description.find(root).and_then(Value::as_str);
    // A phrase of the description is more specific than the code.
    Some(description.and_then(|text| code_for_phrase(text, rule)).unwrap_or(code))
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::String(text) => text.eq_ignore_ascii_case("false"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// `null`, `false`, `0` and empty values are not errors: some providers return them with a token.
fn parse_code(value: &Value, rule: &ErrorRule) -> Option<ErrorCode> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| translate(text, rule)),
        Value::Object(nested) if !nested.is_empty() => Some(
            NESTED
                .into_iter()
                .filter_map(|name| nested.get(name).and_then(Value::as_str))
                .map(|text| translate(text, rule))
                .find(|code| *code != ErrorCode::Other)
                .unwrap_or(ErrorCode::Other),
        ),
        Value::Bool(true) => Some(ErrorCode::Other),
        Value::Number(number) => (number.as_f64() != Some(0.0)).then_some(ErrorCode::Other),
        Value::Array(items) => (!items.is_empty()).then_some(ErrorCode::Other),
        Value::Null | Value::Bool(false) | Value::Object(_) => None,
    }
}

fn translate(text: &str, rule: &ErrorRule) -> ErrorCode {
    rule.codes.get(text.trim()).copied().unwrap_or_else(|| ErrorCode::parse(text))
}

fn code_for_phrase(description: &str, rule: &ErrorRule) -> Option<ErrorCode> {
    if rule.phrases.is_empty() {
        return None;
    }
    let description = description.to_ascii_lowercase();
    rule.phrases
        .iter()
        .find(|(phrase, _)| description.contains(&phrase.to_ascii_lowercase()))
        .map(|(_, code)| *code)
}
