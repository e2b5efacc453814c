//! Validates a manifest as the API server and the operator would.

use serde_json::Value;

use crate::lint::documents::Document;
use crate::lint::rules::Rules;
use crate::lint::violation::Violation;
use crate::lint::{convert, metadata, prune_nulls, schema};
use connection_client::api::crd;
use connection_client::api::names::GROUP;

/// Validates manifests of Connections.
pub(super) struct Linter {
    schema: Value,
    version: String,
    rules: Rules,
}

impl Linter {
    /// Loads the schema and the rules of the CustomResourceDefinition.
    pub(super) fn new() -> Self {
        let definition = serde_json::to_value(crd::connections()).unwrap_or_default();
        let version = &definition["spec"]["versions"][0];
        let schema = version["schema"]["openAPIV3Schema"].clone();
        let rules = Rules::from_schema(&schema);
        let version = version["name"].as_str().unwrap_or_default().to_owned();
        Self { schema, version, rules }
    }

    /// Returns whether the document is a Connection, its name, and its violations. Other kinds are
    /// ignored.
    pub(super) fn validate(&self, document: Document) -> (bool, Option<String>, Vec<Violation>) {
        let mut manifest = match document.content {
            Ok(manifest) => manifest,
            Err(message) => return (false, None, vec![Violation::new("", message)]),
        };
        let group = manifest["apiVersion"].as_str().unwrap_or_default().to_owned();
        let (group, version) = group.split_once('/').unwrap_or(("", &group));
        // Folders often contain manifests of other kinds.
        if group != GROUP || manifest["kind"] != "Connection" {
            return (false, None, Vec::new());
        }
        let name = manifest["metadata"]["name"].as_str().map(str::to_owned);
        // The schema of another version is unknown, so further violations could be wrong.
        if version != self.version {
            let message = format!("unknown version `{version}`: set {GROUP}/{}", self.version);
            return (true, name, vec![Violation::new("apiVersion", message)]);
        }
        (true, name, self.violations(&mut manifest))
    }

    /// Validates a Connection. The rules run only on a manifest that matches the schema, otherwise their
    /// messages would mislead.
    fn violations(&self, manifest: &mut Value) -> Vec<Violation> {
        if let Some(fields) = manifest.as_object_mut() {
            // The API server ignores the status of a manifest.
            fields.remove("status");
        }
        // Before the schema: the API server drops nulls before it validates.
        prune_nulls::prune(&self.schema, manifest);
        let mut violations = metadata::violations(&manifest["metadata"]);
        violations.extend(schema::violations(&self.schema, manifest));
        if violations.is_empty() {
            violations = self.rules.violations(manifest);
        }
        if violations.is_empty() {
            violations = convert::violations(manifest);
        }
        violations
    }
}
