//! JSON output.

use serde::Serialize;

/// Formats a result as indented JSON.
pub(crate) fn pretty(result: &impl Serialize) -> String {
    // Results consist of texts, numbers and lists, whose serialization cannot fail.
    serde_json::to_string_pretty(result).unwrap_or_default()
}
