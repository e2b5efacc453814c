//! What the operator itself would make of a manifest.

use serde_json::Value;

use crate::lint::violation::Violation;
use connection_client::api::connection::Connection;
use connection_client::observation::desired;

/// What the operator would refuse: presets and their values, what a spec cannot say in a schema.
pub(super) fn faults(manifest: &Value) -> Vec<Violation> {
    let connection: Connection = match serde_json::from_value(manifest.clone()) {
        Ok(connection) => connection,
        Err(error) => return vec![Violation::new("", format!("cannot be read: {error}"))],
    };
    match desired::desired_state(&connection) {
        Ok(_) => Vec::new(),
        Err(fault) => vec![split(&fault.message)],
    }
}

/// The operator's messages begin with the path of the field.
fn split(message: &str) -> Violation {
    match message.split_once(": ") {
        Some((path, rest)) if path.starts_with("spec.") && !path.contains(' ') => {
            Violation::new(path, rest)
        }
        _ => Violation::new("spec", message),
    }
}
