//! What else an answer tells, for the token Secret.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::body::Fields;
use super::rules::ResponseRules;

/// No more further fields than this are kept, in the order of their names.
pub const MAX_EXTRAS: usize = 32;

/// A further field whose value has more bytes is not kept.
pub const MAX_EXTRA_BYTES: usize = 8 * 1024;

/// The longest key of a Secret.
const MAX_KEY_BYTES: usize = 253;

/// The key of the instance URL, whatever the provider calls it.
const INSTANCE_URL: &str = "instance_url";

/// Fields that are the Connection's own keys, or were read into something else.
const OURS: [&str; 12] = [
    "access_token",
    "authorization",
    "error",
    "error_description",
    "error_uri",
    "expires",
    "expires_at",
    "expires_in",
    "ok",
    "scope",
    "scopes",
    "token_type",
];

/// Names, without case and punctuation, that hold a credential which outlives the access token.
const NEVER: [&str; 4] = ["refreshtoken", "idtoken", "clientsecret", "devicesecret"];

/// Collects the scalar fields at the top of an answer that nothing else was read from.
pub(super) fn read(
    fields: &Fields,
    rules: &ResponseRules,
    instance_url: Option<&str>,
) -> BTreeMap<String, SecretString> {
    let Value::Object(top) = fields.root() else {
        return BTreeMap::new();
    };
    let credentials = [&rules.access_token, &rules.refresh_token]
        .map(|path| path.find(fields.root()).and_then(Value::as_str));
    let mut extras: BTreeMap<String, SecretString> = top
        .iter()
        .filter(|(name, _)| is_key(name) && is_further(name, rules))
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        // The same credential under a second name is still that credential.
        .filter(|(_, text)| !credentials.contains(&Some(text.as_str())))
        .map(|(name, text)| (name, text.into()))
        .take(MAX_EXTRAS)
        .collect();
    if let Some(url) = instance_url {
        extras.insert(INSTANCE_URL.to_owned(), url.into());
    }
    extras
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (text.len() <= MAX_EXTRA_BYTES).then_some(text)
}

/// What the API server takes as a key of a Secret.
fn is_key(name: &str) -> bool {
    (1..=MAX_KEY_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && name != "."
        && !name.starts_with("..")
}

fn is_further(name: &str, rules: &ResponseRules) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let read = [
        &rules.access_token,
        &rules.token_type,
        &rules.refresh_token,
        &rules.scope.path,
        &rules.error.path,
        &rules.error.description,
    ];
    let expiry = rules.expiry.as_ref().map(|rule| &rule.path);
    // The instance URL is under its own name only where it can be used as one.
    name != INSTANCE_URL
        && !OURS.contains(&name)
        && !NEVER.iter().any(|never| plain.contains(never))
        && !read.into_iter().chain(expiry).any(|path| path.as_str() == name)
}

/// Reads a URL that status may show.
///
/// A bare host gets `https`. Credentials, a query or a fragment would be a place for a secret, and
/// plain HTTP would carry the token in the clear: such a URL is none. No slash at the end, as
/// Salesforce writes it.
pub(super) fn instance_url(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    if text.len() > 2048 {
        return None;
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        // One word alone is an identifier rather than a host.
        Err(_) if text.contains('.') => Url::parse(&format!("https://{text}")).ok()?,
        Err(_) => return None,
    };
    let plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}
