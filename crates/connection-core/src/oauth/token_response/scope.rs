//! The scopes that an answer names.

use serde::Deserialize;
use serde_json::Value;

use super::path::FieldPath;

/// More scopes than this are not kept.
const MAX_SCOPES: usize = 256;

/// A scope with more bytes is not kept; Google's are URLs of up to 80.
const MAX_SCOPE_BYTES: usize = 256;

/// Where an answer's scopes are and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ScopeRule {
    /// Where the scopes are: a string, or a list of strings.
    pub path: FieldPath,
    /// What stands between them besides white space.
    pub separator: ScopeSeparator,
}

/// What a provider wants between two scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ScopeSeparator {
    /// A space (RFC 6749 section 3.3).
    #[default]
    Space,
    /// A comma.
    Comma,
    /// A plus sign.
    Plus,
}

impl ScopeSeparator {
    /// Returns the separator itself.
    #[must_use]
    pub fn as_char(self) -> char {
        match self {
            Self::Space => ' ',
            Self::Comma => ',',
            Self::Plus => '+',
        }
    }
}

impl Default for ScopeRule {
    fn default() -> Self {
        Self { path: FieldPath::top("scope"), separator: ScopeSeparator::default() }
    }
}

impl ScopeRule {
    /// Reads scopes from a string or a list; `None` where it is neither or has none.
    ///
    /// Status shows them, so only what RFC 6749 section 3.3 allows as a scope is kept, in the order
    /// of the answer, each once.
    pub(super) fn read(&self, value: &Value) -> Option<Vec<String>> {
        let texts: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        let separator = self.separator.as_char();
        let mut scopes: Vec<String> = Vec::new();
        for scope in texts
            .into_iter()
            .flat_map(|text| text.split(|c: char| c.is_whitespace() || c == separator))
            .filter(|scope| is_scope(scope))
        {
            if scopes.len() < MAX_SCOPES && !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        (!scopes.is_empty()).then_some(scopes)
    }
}

fn is_scope(text: &str) -> bool {
    (1..=MAX_SCOPE_BYTES).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
