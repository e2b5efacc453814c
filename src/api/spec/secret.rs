//! `spec.secret`: the token Secret.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Secret that the token is written to.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretSpec {
    /// Name of the Secret; cannot be changed later. Default: the Connection's name with `-token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
    )]
    pub name: Option<String>,
    /// Names of the keys in the Secret. Default: Plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<SecretFormat>,
    /// Prefix of the Authorization header. Default: Bearer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"))]
    pub header_prefix: Option<String>,
    /// Further labels of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = Rule::new("self.all(key, !key.startsWith('connection-operator.io/') && key != 'app.kubernetes.io/managed-by')")
        .message("labels of the operator itself cannot be given here: choose another key"))]
    pub labels: BTreeMap<String, String>,
    /// Further annotations of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = Rule::new("self.all(key, !key.startsWith('connection-operator.io/'))")
        .message("annotations of the operator itself cannot be given here: choose another key"))]
    pub annotations: BTreeMap<String, String>,
}

/// Names of the keys in a token Secret.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum SecretFormat {
    /// `access_token`, `token_type`, `expires_at`, `scope`, `authorization`, and what else the
    /// provider returns.
    #[default]
    Plain,
    /// The property names of a CloudStreams connection, for example `oauth.accessToken`.
    CloudStreams,
}
