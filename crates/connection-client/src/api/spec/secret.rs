//! `spec.secret`: the token Secret.

use std::collections::BTreeMap;

use connection_core::connection::desired::SecretFormat;
use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::spec::rule::{invalid, secret_name};

/// The bound is larger than that of a label, so that the rule reports the remedy.
fn labels(_: &mut SchemaGenerator) -> Schema {
    text_map(256)
}

fn annotations(_: &mut SchemaGenerator) -> Schema {
    text_map(4096)
}

fn text_map(max_length: usize) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "description": "Value.", "maxLength": max_length },
    })
}

/// The Secret that the token is written to.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretSpec {
    /// Name of the Secret, immutable. Default: the Connection's name with the suffix `-token`.
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
    // `\x27` is the apostrophe, which would end the CEL string.
    #[x_kube(validation = invalid(r"self.matches('^[!#$%&\x27*+.^_`|~0-9A-Za-z-]+$')",
        "must be one word, for example Bearer or Token (RFC 9110 section 11.1)"))]
    pub header_prefix: Option<String>,
    /// Additional labels of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "labels")]
    #[x_kube(
        validation = invalid("self.all(key, !key.startsWith('connection-operator.io/') && key != 'app.kubernetes.io/managed-by')",
            "labels connection-operator.io/… and app.kubernetes.io/managed-by are reserved for the operator: set another key"),
        validation = invalid("self.all(key, !format.qualifiedName().validate(key).hasValue())",
            "a label's key must be a name of at most 63 letters, digits, hyphens, dots and underscores, after an optional prefix such as example.com/"),
        validation = invalid("self.all(key, !format.labelValue().validate(self[key]).hasValue())",
            "a label's value must have at most 63 letters, digits, hyphens, dots and underscores: use annotations for longer text")
    )]
    pub labels: BTreeMap<String, String>,
    /// Additional annotations of the Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "annotations")]
    #[x_kube(
        validation = invalid("self.all(key, !key.startsWith('connection-operator.io/'))",
            "annotations connection-operator.io/… are reserved for the operator: set another key"),
        validation = invalid("self.all(key, !format.qualifiedName().validate(key).hasValue())",
            "an annotation's key must be a name of at most 63 letters, digits, hyphens, dots and underscores, after an optional prefix such as example.com/")
    )]
    pub annotations: BTreeMap<String, String>,
}
