//! `spec.secret`: the token Secret.

use connection_core::connection::desired::SecretFormat;
use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::spec::rule::{invalid, secret_name};

/// Returns the schema of `labels`. The bound of a value is wider than what fits, so that a rule can say the remedy.
fn labels(_: &mut SchemaGenerator) -> Schema {
    texts(256)
}

/// Returns the schema of `annotations`.
fn annotations(_: &mut SchemaGenerator) -> Schema {
    texts(4096)
}

fn texts(longest: usize) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "description": "Value of that key.", "maxLength": longest },
    })
}

/// The Secret that the token is written to.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretSpec {
    /// Name of the Secret; cannot be changed later. Default: the Connection's name with `-token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_name())]
    pub name: Option<String>,
    /// Names of the keys in the Secret. Default: Plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<SecretFormat>,
    /// Prefix of the Authorization header. Default: Bearer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    #[x_kube(validation = invalid(r"self.matches('^[!#$%&\x27*+.^_`|~0-9A-Za-z-]+$')",
        "must be one word, for example Bearer or Token (RFC 9110 section 11.1)"))]
    pub header_prefix: Option<String>,
    /// Further labels of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "labels")]
    #[x_kube(
        validation = invalid("self.all(key, !key.startsWith('connection-operator.io/') && key != 'app.kubernetes.io/managed-by')",
            "connection-operator.io/… and app.kubernetes.io/managed-by are the operator's own labels: choose another key"),
        validation = invalid("self.all(key, !format.qualifiedName().validate(key).hasValue())",
            "a label's key must be a name of at most 63 letters, digits, hyphens, dots and underscores, after an optional prefix such as example.com/"),
        validation = invalid("self.all(key, !format.labelValue().validate(self[key]).hasValue())",
            "a label's value must have at most 63 letters, digits, hyphens, dots and underscores: put longer text into annotations")
    )]
    pub labels: BTreeMap<String, String>,
    /// Further annotations of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "annotations")]
    #[x_kube(
        validation = invalid("self.all(key, !key.startsWith('connection-operator.io/'))",
            "connection-operator.io/… are the operator's own annotations: choose another key"),
        validation = invalid("self.all(key, !format.qualifiedName().validate(key).hasValue())",
            "an annotation's key must be a name of at most 63 letters, digits, hyphens, dots and underscores, after an optional prefix such as example.com/")
    )]
    pub annotations: BTreeMap<String, String>,
}
