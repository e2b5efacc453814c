//! `spec.endpoints`.

use kube::{KubeSchema, core::Rule};
use serde::{Deserialize, Serialize};

/// Accepts https, and http to the machine itself: whether the latter is used is the operator's
/// choice (`--allow-loopback`).
const URL_PATTERN: &str =
    r"^(https://[^/?#@\\]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)([/?][^#\s]*)?$";

/// The rule of every endpoint: one sentence that says the remedy.
fn endpoint() -> Rule {
    Rule::new(format!("self.matches('{}')", URL_PATTERN.replace('\\', r"\\")))
        .message("must be an https URL without user information and fragment, for example https://login.example.com/oauth2/token")
}

/// The provider's endpoints.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointsSpec {
    /// Token endpoint (RFC 6749 section 3.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub token: Option<String>,
    /// Authorization endpoint (RFC 6749 section 3.1); flow AuthorizationCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub authorization: Option<String>,
    /// Issuer identifier: endpoints that are not given are taken from its metadata (RFC 8414).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub issuer: Option<String>,
    /// Refresh endpoint, where it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub refresh: Option<String>,
    /// Revocation endpoint (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub revocation: Option<String>,
    /// Pushed authorization request endpoint (RFC 9126).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint())]
    pub pushed_authorization: Option<String>,
}
