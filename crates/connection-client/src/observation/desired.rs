//! The desired state of a Connection and its preset.

use crate::api::connection::Connection;
use crate::api::convert;
use crate::provider;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_ref::SecretRefs;

/// Returns the desired state, or an error with the path of the invalid field.
pub fn desired_state(connection: &Connection) -> Result<Desired, ConnectionError> {
    let invalid = |message: String| ConnectionError::on_change(Reason::PresetInvalid, message);
    let preset = match &connection.spec.provider {
        None => None,
        Some(provider) => {
            let preset = provider::find(&provider.name).ok_or_else(|| {
                let known: Vec<_> = provider::names().collect();
                invalid(format!(
                    "spec.provider.name: unknown preset `{}`: use one of {}",
                    provider.name,
                    known.join(", ")
                ))
            })?;
            Some(preset.resolve(&provider.values).map_err(|error| invalid(error.to_string()))?)
        }
    };
    convert::desired(connection, preset.as_ref())
}

/// Returns all references of a Connection to Secrets. An invalid spec has only those to the Secrets
/// that the operator writes.
pub fn secret_refs(connection: &Connection) -> SecretRefs {
    match desired_state(connection) {
        Ok(desired) => desired.secret_refs,
        // Changes of these Secrets must still wake the Connection.
        Err(_) => convert::outputs(connection).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use connection_core::connection::flow::Flow;
    use serde_json::Value;

    use super::*;

    /// The Connections of all examples; those of full.yaml together use every field.
    fn examples() -> Vec<Value> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let texts: Vec<_> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let documents = texts.iter().flat_map(|text| text.split("\n---\n"));
        documents
            .map(|document| serde_saphyr::from_str::<Value>(document).unwrap())
            .filter(|object| object["kind"] == "Connection")
            .collect()
    }

    /// Adds field, name and key of each object with the name of a Secret under a field that ends in
    /// `Ref`.
    fn add_refs(value: &Value, path: &str, refs: &mut BTreeSet<(String, String, Option<String>)>) {
        match value {
            Value::Object(fields) if path.ends_with("Ref") => {
                let text = |field: &str| fields.get(field).and_then(Value::as_str);
                let name = text("name").unwrap();
                let keys = ["key", "passwordKey", "keyPasswordKey"].map(text);
                for key in std::iter::once(None).chain(keys.into_iter().flatten().map(Some)) {
                    refs.insert((path.to_owned(), name.to_owned(), key.map(str::to_owned)));
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    add_refs(value, &format!("{path}.{name}"), refs);
                }
            }
            Value::Array(items) => {
                for item in items {
                    add_refs(item, path, refs);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn the_references_of_every_flow_are_those_in_its_spec() {
        let mut flows = BTreeSet::new();
        for example in examples() {
            let connection: Connection = serde_json::from_value(example.clone()).unwrap();
            let name = connection.metadata.name.as_deref().unwrap();
            let desired = desired_state(&connection).unwrap();
            let mut written = BTreeSet::new();
            add_refs(&example["spec"], "spec", &mut written);
            for (path, secret, key) in &written {
                let found = desired.secret_refs.iter().any(|reference| {
                    path.starts_with(reference.field)
                        && reference.name == *secret
                        && key.as_ref().is_none_or(|key| reference.keys == [key.as_str()])
                });
                assert!(found, "{name}: {path}: {secret} {key:?}: {:?}", desired.secret_refs);
            }
            for reference in desired.secret_refs.iter() {
                let found = written.iter().any(|(path, secret, _)| {
                    path.starts_with(reference.field) && reference.name == *secret
                });
                assert_eq!(found, !reference.role.is_output(), "{name}: {reference:?}");
            }
            let outputs = desired.secret_refs.iter().filter(|it| it.role.is_output()).count();
            let is_consent = connection.spec.flow == Flow::AuthorizationCode;
            assert_eq!(outputs, if is_consent { 2 } else { 1 }, "{name}");
            assert_eq!(secret_refs(&connection), desired.secret_refs, "{name}");
            flows.insert(connection.spec.flow.as_str());
        }
        assert_eq!(flows.len(), 4, "an example of each flow: {flows:?}");
    }

    #[test]
    fn an_invalid_spec_refers_to_the_secrets_that_the_operator_writes() {
        let connection = serde_json::from_value(serde_json::json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "mail" },
            "spec": { "flow": "AuthorizationCode", "provider": { "name": "unknown" } },
        }));
        let refs = secret_refs(&connection.unwrap());
        let names: Vec<_> = refs.iter().map(|reference| reference.name.as_str()).collect();
        assert_eq!(names, ["mail-token", "mail-grant"]);
    }
}
