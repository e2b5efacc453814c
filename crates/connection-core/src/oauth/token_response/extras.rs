//! Extra fields of a response, which are written to the token Secret.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::body::ResponseFields;
use super::rules::ResponseRules;

/// Maximum number of extra fields; the first ones by name are kept.
pub const MAX_EXTRAS: usize = 32;

/// Longest value of an extra field; a longer one is dropped.
pub const MAX_EXTRA_BYTES: usize = 8 * 1024;

/// Longest key of a Secret.
const MAX_KEY_BYTES: usize = 253;

/// Key of the instance URL; providers use various names.
const INSTANCE_URL: &str = "instance_url";

/// Fields that the operator writes itself or parses elsewhere.
const RESERVED: [&str; 12] = [
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

/// Names of credentials that outlive the access token, in lower case without punctuation.
const CREDENTIALS: [&str; 4] = ["refreshtoken", "idtoken", "clientsecret", "devicesecret"];

/// Returns the scalar fields at the top level that the parser does not use otherwise.
pub(super) fn extra_fields(
    fields: &ResponseFields,
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
        .filter(|(name, _)| is_valid_key(name) && is_extra(name, rules))
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        // Some providers repeat a token under a second name.
        .filter(|(_, text)| !credentials.contains(&Some(text.as_str())))
        .map(|(name, text)| (name, text.into()))
        .take(MAX_EXTRAS)
        .collect();
    if let Some(url) = instance_url {
        // After the limit, because many workloads need it.
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

/// Keys that the API server accepts in a Secret.
fn is_valid_key(name: &str) -> bool {
    (1..=MAX_KEY_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && name != "."
        && !name.starts_with("..")
}

fn is_extra(name: &str, rules: &ResponseRules) -> bool {
    let normalized: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let parsed = [
        &rules.access_token,
        &rules.token_type,
        &rules.refresh_token,
        &rules.scope.path,
        &rules.error.path,
        &rules.error.description,
    ];
    let expiry = rules.expiry.as_ref().map(|rule| &rule.path);
    // The caller adds a valid instance URL itself.
    name != INSTANCE_URL
        && !RESERVED.contains(&name)
        // Workloads mount the token Secret: they get what expires soon, nothing that outlives it.
        && !CREDENTIALS.iter().any(|credential| normalized.contains(credential))
        && !parsed.into_iter().chain(expiry).any(|path| path.as_str() == name)
}

/// Parses the URL of the provider's API, which is shown in status.
///
/// Adds `https` to a bare host and removes a trailing slash. Returns `None` for plain HTTP, which
/// would expose the token, and for credentials, a query or a fragment, which may be secret.
pub(super) fn instance_url(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    if text.len() > 2048 {
        return None;
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        // A word without a dot is an identifier, not a host.
        Err(_) if text.contains('.') => Url::parse(&format!("https://{text}")).ok()?,
        Err(_) => return None,
    };
    let public = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    public.then(|| url.as_str().trim_end_matches('/').to_owned())
}
