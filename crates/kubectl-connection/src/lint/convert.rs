//! The checks of the operator that no schema can express.

use serde_json::Value;

use crate::lint::violation::Violation;
use connection_client::api::connection::Connection;
use connection_client::observation::desired;

/// Returns the error with which the operator would reject the spec, for example an unknown preset.
pub(super) fn violations(manifest: &Value) -> Vec<Violation> {
    let connection: Connection = match serde_json::from_value(manifest.clone()) {
        Ok(connection) => connection,
        Err(error) => return vec![Violation::new("", format!("cannot be read: {error}"))],
    };
    match desired::desired_state(&connection) {
        Ok(_) => Vec::new(),
        Err(error) => vec![split(&error.message)],
    }
}

/// Splits the path of the field from the message.
fn split(message: &str) -> Violation {
    match message.split_once(": ") {
        // A message without a path can contain a colon too.
        Some((path, rest)) if path.starts_with("spec.") && !path.contains(' ') => {
            Violation::new(path, rest)
        }
        _ => Violation::new("spec", message),
    }
}
