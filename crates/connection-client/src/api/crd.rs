//! The CustomResourceDefinition, as it stands in `crds/`.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::json;

use crate::api::connection::Connection;

/// Returns the definition of `Connection`.
pub fn connections() -> CustomResourceDefinition {
    let mut definition = Connection::crd();
    for version in &mut definition.spec.versions {
        if let Some(root) =
            version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut())
        {
            tidy(root);
            default_status(root);
            bound_name(root);
        }
    }
    definition
}

/// Makes the schema one that Kubernetes reads without a warning, all the way down.
fn tidy(schema: &mut JSONSchemaProps) {
    // A null is then dropped as if the field were not there; a nullable field would keep it, and
    // every rule would have to know.
    schema.nullable = None;
    if schema.format.as_deref() == Some("uint32") {
        // Kubernetes knows the signed ones alone, and every bound of ours fits.
        schema.format = Some("int32".to_owned());
    }
    // The lines of a docstring are not the lines of a terminal.
    schema.description = schema.description.take().map(|text| text.replace('\n', " "));
    for child in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        tidy(child);
    }
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => tidy(items),
        Some(JSONSchemaPropsOrArray::Schemas(all)) => all.iter_mut().for_each(tidy),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        tidy(values);
    }
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

/// A rule about the name of a resource is within the API server's budget only where the schema
/// bounds the name, and that counts only where all four fields are spelled out.
fn bound_name(root: &mut JSONSchemaProps) {
    let properties = root.properties.get_or_insert_default();
    let name = |what: &str| JSONSchemaProps { max_length: Some(253), ..text(what) };
    let metadata = JSONSchemaProps {
        type_: Some("object".to_owned()),
        properties: Some(BTreeMap::from([
            ("name".to_owned(), name("Name of the Connection.")),
            ("generateName".to_owned(), name("Beginning of a name that the server completes.")),
        ])),
        ..JSONSchemaProps::default()
    };
    properties.insert("metadata".to_owned(), metadata);
    properties.insert("apiVersion".to_owned(), text("Version of the schema of this resource."));
    properties.insert("kind".to_owned(), text("Kind of this resource."));
}

fn text(description: &str) -> JSONSchemaProps {
    JSONSchemaProps {
        type_: Some("string".to_owned()),
        description: Some(description.to_owned()),
        ..JSONSchemaProps::default()
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

#[cfg(test)]
mod tests;
