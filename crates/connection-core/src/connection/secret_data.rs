//! The data of a token Secret. It never contains the refresh token or the client secret.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::whole_seconds;
use crate::connection::desired::{Desired, SecretFormat};
use crate::connection::token::Token;
use crate::connection::token_record::TokenRecord;

/// Prefix of the Authorization header if neither the spec nor the preset sets one.
pub const DEFAULT_HEADER_PREFIX: &str = "Bearer";

/// Returns the data of a token Secret. No value ends with a newline.
pub fn render(desired: &Desired, token: &Token) -> BTreeMap<String, SecretString> {
    match desired.output.format {
        SecretFormat::Plain => plain(desired, token),
        SecretFormat::CloudStreams => cloud_streams(desired, token),
    }
}

fn plain(desired: &Desired, token: &Token) -> BTreeMap<String, SecretString> {
    let prefix = &desired.output.header_prefix;
    let header = format!("Authorization: {prefix} {}", token.access_token.expose_secret());
    // Extras come first, so that a field of the response cannot replace a key of the operator.
    let mut data = token.extras.clone();
    let mut put = |name: &str, value: SecretString| data.insert(name.to_owned(), value);
    put("access_token", token.access_token.clone());
    put("authorization", header.into());
    put("expires_at", whole_seconds(token.record.expires_at).to_string().into());
    put("scope", granted(desired, token).join(" ").into());
    // Some providers omit it, although RFC 6749 section 5.1 requires it.
    put("token_type", token.record.token_type.as_deref().unwrap_or(DEFAULT_HEADER_PREFIX).into());
    if let Some(url) = &token.record.instance_url {
        put("instance_url", url.as_str().into());
    }
    data
}

/// Returns the properties of a CloudStreams connection, groups «OAuth V2.0» and «OAuth V2.0 (JWT Flow)»
/// (webMethods CloudStreams, configuration variables template).
fn cloud_streams(desired: &Desired, token: &Token) -> BTreeMap<String, SecretString> {
    let mut data = BTreeMap::new();
    let mut put = |name: &str, value: &str| data.insert(name.to_owned(), SecretString::from(value));
    put("oauth.accessToken", token.access_token.expose_secret());
    if let Some(id) = desired.request.client.id() {
        put("oauth.consumerId", id);
    }
    put("oauth_v20.accessTokenRefreshURL", &token.record.token_endpoint);
    put("oauth_v20.authorizationHeaderPrefix", &desired.output.header_prefix);
    if let Some(url) = &token.record.instance_url {
        put("oauth_v20.instanceURL", url);
    }
    // CloudStreams must not refresh the token, because the operator does.
    put("oauth_v20.refreshAccessToken", "false");
    data
}

/// Parses the token from a token Secret's data in any format.
pub fn parse_token(mut data: BTreeMap<String, SecretString>, record: TokenRecord) -> Option<Token> {
    // The format in the spec may have changed since the Secret was written.
    let plain = data.remove("access_token");
    let access_token = plain.or_else(|| data.remove("oauth.accessToken"))?;
    // Drops the keys of both formats, because `render` writes those of the current one.
    data.retain(|name, _| !OWN_NAMES.contains(&name.as_str()) && !name.starts_with("oauth"));
    Some(Token { access_token, extras: data, record })
}

/// The keys of the plain format that are not fields of the response.
const OWN_NAMES: [&str; 5] = ["authorization", "expires_at", "instance_url", "scope", "token_type"];

/// Returns the granted scopes. If the response states none, they are the requested scopes (RFC 6749
/// section 5.1).
pub fn granted<'a>(desired: &'a Desired, token: &'a Token) -> &'a [String] {
    token.record.scopes.as_deref().unwrap_or(&desired.request.scopes)
}
