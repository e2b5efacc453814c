//! One manifest, judged by everything that would judge it in a cluster.

use serde_json::Value;

use crate::lint::documents::Document;
use crate::lint::rules::Rules;
use crate::lint::violation::Violation;
use crate::lint::{convert, metadata, prune_nulls, schema};
use connection_client::api::crd;
use connection_client::api::names::GROUP;

/// Judges manifests.
pub(super) struct Linter {
    schema: Value,
    version: String,
    rules: Rules,
}

impl Linter {
    /// Reads the resource's own definition.
    pub(super) fn new() -> Self {
        let definition = serde_json::to_value(crd::connections()).unwrap_or_default();
        let version = &definition["spec"]["versions"][0];
        let schema = version["schema"]["openAPIV3Schema"].clone();
        let rules = Rules::of(&schema);
        let version = version["name"].as_str().unwrap_or_default().to_owned();
        Self { schema, version, rules }
    }

    /// Whether a document is a Connection, its name, and what is wrong with it. Other kinds are
    /// nobody's business here.
    pub(super) fn judge(&self, document: Document) -> (bool, Option<String>, Vec<Violation>) {
        let mut manifest = match document.content {
            Ok(manifest) => manifest,
            Err(message) => return (false, None, vec![Violation::new("", message)]),
        };
        let group = manifest["apiVersion"].as_str().unwrap_or_default().to_owned();
        let (group, version) = group.split_once('/').unwrap_or(("", &group));
        if group != GROUP || manifest["kind"] != "Connection" {
            return (false, None, Vec::new());
        }
        let name = manifest["metadata"]["name"].as_str().map(str::to_owned);
        if version != self.version {
            let message =
                format!("there is no version `{version}`: write {GROUP}/{}", self.version);
            return (true, name, vec![Violation::new("apiVersion", message)]);
        }
        (true, name, self.faults(&mut manifest))
    }

    /// What is wrong with a Connection. The finer sieve takes what the coarser lets through: a rule
    /// about fields that are not what they should be would say nothing to the point.
    fn faults(&self, manifest: &mut Value) -> Vec<Violation> {
        if let Some(fields) = manifest.as_object_mut() {
            // The server ignores it in a manifest.
            fields.remove("status");
        }
        prune_nulls::drop(&self.schema, manifest);
        let mut faults = metadata::faults(&manifest["metadata"]);
        faults.extend(schema::faults(&self.schema, manifest));
        if faults.is_empty() {
            faults = self.rules.faults(manifest);
        }
        if faults.is_empty() {
            faults = convert::faults(manifest);
        }
        faults
    }
}
