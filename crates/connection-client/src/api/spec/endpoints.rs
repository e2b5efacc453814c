//! `spec.endpoints`.

use kube::KubeSchema;
use kube::core::Rule;
use serde::{Deserialize, Serialize};

use crate::api::spec::rule::invalid;

/// Accepts https, and http to localhost, which the operator uses only with `--allow-loopback`. The
/// other characters are those of RFC 3986 and letters of any script.
const URL_PATTERN: &str = r#"^(https://([^\s/?#@:\\\[\]"|^`]+|\[[0-9A-Fa-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?([/?][^\s#\\"|^`]*)?$"#;

fn endpoint() -> Rule {
    invalid(
        format!("self.matches(r'{URL_PATTERN}')"),
        "must be a URL that starts with https:// and has no user information, no fragment and no white space, \
         for example https://login.example.com/oauth2/token; http:// is accepted only for localhost",
    )
}

/// Rejects URLs copied from documentation.
fn no_placeholder() -> Rule {
    invalid("!self.matches('[{}<>]')", "contains a placeholder: replace {…} or <…> by a value")
}

/// The provider's endpoints.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointsSpec {
    /// Token endpoint (RFC 6749 section 3.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint(), validation = no_placeholder())]
    pub token: Option<String>,
    /// Authorization endpoint (RFC 6749 section 3.1); flow AuthorizationCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint(), validation = no_placeholder())]
    pub authorization: Option<String>,
    /// Issuer identifier. Its metadata provides endpoints that are not set (RFC 8414).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(
        validation = endpoint(),
        validation = no_placeholder(),
        validation = invalid(
            "!self.contains('?') && !self.contains('/.well-known/')",
            "must be the issuer itself, for example https://login.example.com: remove /.well-known/… and the query",
        )
    )]
    pub issuer: Option<String>,
    /// Refresh endpoint, if it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint(), validation = no_placeholder())]
    pub refresh: Option<String>,
    /// Revocation endpoint (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint(), validation = no_placeholder())]
    pub revocation: Option<String>,
    /// Pushed authorization request endpoint (RFC 9126).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(validation = endpoint(), validation = no_placeholder())]
    pub pushed_authorization: Option<String>,
}
