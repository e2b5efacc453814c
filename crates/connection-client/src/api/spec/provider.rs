//! `spec.provider`.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::spec::rule::invalid;

fn values(_: &mut SchemaGenerator) -> Schema {
    // No pattern of a preset accepts more characters than a host name has.
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": { "type": "string", "description": "Value.", "maxLength": 253 },
    })
}

/// A preset of defaults for a known provider. Fields of the spec override it.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
pub struct ProviderSpec {
    /// Name of the preset, for example `salesforce`, `google` or `microsoft-graph`. See
    /// docs/providers.
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = invalid("self.matches('^[a-z0-9-]+$')", "must be the name of a preset, in lower case, for example salesforce"))]
    pub name: String,
    /// Values of the preset, for example `domain` or `instance`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "values")]
    pub values: BTreeMap<String, String>,
}
