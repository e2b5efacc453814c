//! A key of a Secret that a field of the spec names.

use serde::Serialize;

/// A key of a Secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SecretKey {
    /// The path of the field that names it.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// Key in the Secret's data.
    pub key: String,
}
