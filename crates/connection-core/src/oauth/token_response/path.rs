//! Where in an answer a field is.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The names that lead to a field, written with dots: `access_token`, `data.token.access_token`.
///
/// A number selects from a list (`tokens.0`), and a name that has dots itself is found at the top.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldPath(String);

/// A path that leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the field path has an empty name; write names separated by single dots")]
pub struct EmptyName;

impl FieldPath {
    /// The field `name` at the top of an answer.
    pub(super) fn top(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Follows the path; `None` where it leads to nothing.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        root.get(&self.0).or_else(|| {
            self.0.split('.').try_fold(root, |value, name| match value {
                Value::Object(fields) => fields.get(name),
                Value::Array(items) => items.get(name.parse::<usize>().ok()?),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            })
        })
    }

    /// Returns the path as written, which for a field at the top is its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldPath {
    type Error = EmptyName;

    fn try_from(path: String) -> Result<Self, EmptyName> {
        if path.split('.').any(str::is_empty) { Err(EmptyName) } else { Ok(Self(path)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let root = json!({ "a": { "b": [ { "c": 1 } ] }, "x.y": 2, "s": "text" });
        for (path, expected) in [
            ("a.b.0.c", Some(json!(1))),
            ("x.y", Some(json!(2))),
            ("s", Some(json!("text"))),
            ("a.b.1", None),
            ("a.b.c", None),
            ("s.t", None),
            ("missing", None),
        ] {
            let path = FieldPath::try_from(path.to_owned()).unwrap();
            assert_eq!(path.find(&root), expected.as_ref(), "{path:?}");
        }
    }

    #[test]
    fn a_path_with_an_empty_name_is_refused() {
        for path in ["", ".", "a..b", "a.", ".a"] {
            assert_eq!(FieldPath::try_from(path.to_owned()), Err(EmptyName), "{path:?}");
        }
    }
}
