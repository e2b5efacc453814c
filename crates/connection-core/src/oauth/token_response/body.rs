//! The body of a token response: JSON, a form, HTML or a raw token.

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::form_urlencoded;
use zeroize::Zeroize as _;

use super::rules::ResponseRules;

/// Fields of a form beyond this number are ignored.
const MAX_FORM_FIELDS: usize = 256;

pub(super) enum Body {
    /// A JSON object or a form.
    ResponseFields(ResponseFields),
    /// The raw token ([`ResponseRules::raw_body_is_token`]).
    Token(SecretString),
    Html,
    /// Only white space.
    Empty,
    Other,
}

/// The fields of a response as a JSON object; zeroized when dropped.
pub(super) struct ResponseFields(Value);

impl ResponseFields {
    pub(super) fn root(&self) -> &Value {
        &self.0
    }
}

impl Drop for ResponseFields {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Recurses at most 128 levels, the limit of the JSON parser.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Parses a body. Prefers its content over its content type, which many providers set wrongly.
pub(super) fn parse(content_type: Option<&str>, body: &[u8], rules: &ResponseRules) -> Body {
    // Some servers write a byte order mark, which JSON forbids.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return Body::Empty;
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => {
            return Body::ResponseFields(ResponseFields(Value::Object(fields)));
        }
        Ok(Value::String(token)) if rules.raw_body_is_token => return Body::Token(token.into()),
        Ok(mut other) => {
            // It may contain a token all the same.
            wipe(&mut other);
            return Body::Other;
        }
        Err(_) => {}
    }
    if is_html(content_type, text) {
        return Body::Html;
    }
    match form(content_type, text, rules) {
        Some(fields) => Body::ResponseFields(fields),
        None if rules.raw_body_is_token => Body::Token(text.into()),
        None => Body::Other,
    }
}

fn is_html(content_type: Option<&str>, text: &str) -> bool {
    let starts =
        |tag: &str| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    media_type(content_type).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
        && text.starts_with('<')
        || ["<!doctype html", "<html", "<head", "<body", "<script"].into_iter().any(starts)
}

fn media_type(content_type: Option<&str>) -> Option<&str> {
    content_type?.split(';').next().map(str::trim)
}

/// Parses a form. Without the content type of a form, the body must contain a token or an error.
fn form(content_type: Option<&str>, text: &str, rules: &ResponseRules) -> Option<ResponseFields> {
    // Any text would parse as a form.
    if !text.contains('=') || text.contains(|c: char| c == '<' || c.is_whitespace()) {
        return None;
    }
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).take(MAX_FORM_FIELDS) {
        fields.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    let fields = ResponseFields(Value::Object(fields));
    let declared = media_type(content_type)
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let recognized = [&rules.access_token, &rules.error.path]
        .into_iter()
        .any(|path| path.find(fields.root()).is_some());
    (declared || recognized).then_some(fields)
}
