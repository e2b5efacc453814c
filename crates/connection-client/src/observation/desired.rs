//! What a Connection wants, its preset looked up.

use crate::api::connection::Connection;
use crate::api::convert;
use crate::provider;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// Turns a Connection into what it wants.
///
/// # Errors
///
/// Returns a fault with the path of the field that cannot be done.
pub fn desired(connection: &Connection) -> Result<Desired, ConnectionError> {
    let invalid = |message: String| ConnectionError::on_change(Reason::PresetInvalid, message);
    let preset = match &connection.spec.provider {
        None => None,
        Some(wanted) => {
            let preset = provider::find(&wanted.name).ok_or_else(|| {
                let known: Vec<_> = provider::names().collect();
                invalid(format!(
                    "spec.provider.name: unknown preset `{}`: use one of {}",
                    wanted.name,
                    known.join(", ")
                ))
            })?;
            Some(preset.resolve(&wanted.values).map_err(|error| invalid(error.to_string()))?)
        }
    };
    convert::desired(connection, preset.as_ref())
}
