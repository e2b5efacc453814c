//! The scopes of a response.

use serde::Deserialize;
use serde_json::Value;

use super::path::FieldPath;

/// Scopes beyond this number are dropped.
const MAX_SCOPES: usize = 256;

/// Longest scope, bytes; a longer one is dropped. Google's are URLs of up to 80 bytes.
const MAX_SCOPE_BYTES: usize = 256;

/// The field that contains the scopes, and their separator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ScopeRule {
    /// A string or a list of strings.
    pub path: FieldPath,
    /// Separates scopes in addition to white space.
    pub separator: ScopeSeparator,
}

/// The separator between two scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ScopeSeparator {
    /// RFC 6749 section 3.3.
    #[default]
    Space,
    Comma,
    Plus,
}

impl ScopeSeparator {
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
    /// Parses scopes from a string or a list; `None` if there are none.
    ///
    /// Keeps only valid scopes (RFC 6749 section 3.3), because status shows them. Removes duplicates
    /// and keeps the order of the response.
    pub(super) fn parse(&self, value: &Value) -> Option<Vec<String>> {
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
            // Dropped and not an error: the token itself is usable.
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
