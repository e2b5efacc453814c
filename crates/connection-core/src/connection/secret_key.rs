//! One key of a Secret, as a field of the spec names it.

use serde::Serialize;

/// One key of a Secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SecretKey {
    /// The field of the spec that names it.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// Key in the Secret.
    pub key: String,
}
