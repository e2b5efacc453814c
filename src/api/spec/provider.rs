//! `spec.provider`.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A preset of defaults for a known provider; whatever the spec says elsewhere wins over it.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
pub struct ProviderSpec {
    /// Name of the preset, for example `salesforce`, `google`, `docusign`, `box`, `servicenow`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// What the preset asks for, for example `domain` or `instance`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub values: BTreeMap<String, String>,
}
