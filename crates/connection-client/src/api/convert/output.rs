//! Converts `spec.secret`.

use crate::api::spec::secret::SecretSpec;
use connection_core::connection::desired::DesiredSecret;
use connection_core::connection::secret_data::DEFAULT_HEADER_PREFIX;

/// Returns the settings of the token Secret of the Connection `name`.
pub(super) fn output(name: &str, spec: Option<&SecretSpec>) -> DesiredSecret {
    let spec = spec.cloned().unwrap_or_default();
    DesiredSecret {
        name: spec.name.unwrap_or_else(|| format!("{name}-token")),
        format: spec.format.unwrap_or_default(),
        header_prefix: spec.header_prefix.unwrap_or_else(|| DEFAULT_HEADER_PREFIX.to_owned()),
        labels: spec.labels,
        annotations: spec.annotations,
    }
}
