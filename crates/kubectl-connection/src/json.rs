//! Answers for programs.

use serde::Serialize;

/// An answer as JSON, for programs and still to be read by people.
pub(crate) fn text(answer: &impl Serialize) -> String {
    // Answers are made of texts, numbers and lists: nothing in them can fail.
    serde_json::to_string_pretty(answer).unwrap_or_default()
}
