//! The CustomResourceDefinition, as it stands in `crds/`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps,
};
use kube::CustomResourceExt;
use serde_json::json;

use crate::api::connection::Connection;

/// Returns the definition of `Connection`.
#[must_use]
pub fn connections() -> CustomResourceDefinition {
    let mut definition = Connection::crd();
    for version in &mut definition.spec.versions {
        if let Some(root) =
            version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut())
        {
            default_status(root);
        }
    }
    definition
}

/// Without the default, kstatus takes a Connection that the operator has not seen for a ready one
/// (<https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md>).
fn default_status(root: &mut JSONSchemaProps) {
    if let Some(status) =
        root.properties.as_mut().and_then(|properties| properties.get_mut("status"))
    {
        status.default = Some(JSON(json!({ "observedGeneration": -1 })));
    }
}

/// Returns the definition as the YAML document of `crds/`.
///
/// # Errors
///
/// Returns an error when the definition cannot be serialized.
pub fn yaml() -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(&connections())
}
