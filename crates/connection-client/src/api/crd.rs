//! The CustomResourceDefinition in `crds/`.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::json;

use crate::api::connection::Connection;

pub fn connections() -> CustomResourceDefinition {
    let mut definition = Connection::crd();
    for version in &mut definition.spec.versions {
        if let Some(root) =
            version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut())
        {
            normalize(root);
            set_status_default(root);
            describe_metadata(root);
        }
    }
    definition
}

/// Converts the schema recursively to one that Kubernetes accepts without a warning.
fn normalize(schema: &mut JSONSchemaProps) {
    // The API server then drops nulls; a nullable field would keep them, and each rule would have
    // to check for them.
    schema.nullable = None;
    if schema.format.as_deref() == Some("uint32") {
        // Kubernetes supports only signed formats; all bounds are below 2^31.
        schema.format = Some("int32".to_owned());
    }
    // `kubectl explain` wraps the text itself.
    schema.description = schema.description.take().map(|text| text.replace('\n', " "));
    for child in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        normalize(child);
    }
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => normalize(items),
        Some(JSONSchemaPropsOrArray::Schemas(all)) => all.iter_mut().for_each(normalize),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        normalize(values);
    }
}

/// Without the default, kstatus considers a Connection ready before the operator has observed it
/// (<https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md>).
fn set_status_default(root: &mut JSONSchemaProps) {
    if let Some(status) =
        root.properties.as_mut().and_then(|properties| properties.get_mut("status"))
    {
        status.default = Some(JSON(json!({ "observedGeneration": -1 })));
    }
}

/// The rule about the name exceeds the cost limit of the API server unless the schema bounds the
/// name. The API server considers the bound only if the schema describes all four fields.
fn describe_metadata(root: &mut JSONSchemaProps) {
    let properties = root.properties.get_or_insert_default();
    let name = |description: &str| JSONSchemaProps { max_length: Some(253), ..text(description) };
    let metadata = JSONSchemaProps {
        type_: Some("object".to_owned()),
        properties: Some(BTreeMap::from([
            ("name".to_owned(), name("Name of the Connection.")),
            ("generateName".to_owned(), name("Prefix of a name that the API server generates.")),
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

/// Returns the YAML document in `crds/`.
pub fn yaml() -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(&connections())
}

#[cfg(test)]
mod tests;
