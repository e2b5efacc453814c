//! The path of a field in a response.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Names separated by dots: `access_token`, `data.token.access_token`.
///
/// A number selects from a list (`tokens.0`). A name that contains dots is found at the top level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldPath(String);

/// A path with an empty name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the field path contains an empty name: separate names by single dots")]
pub struct EmptyName;

impl FieldPath {
    /// Creates the path of a field at the top level.
    pub(super) fn top(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Returns the value at the path.
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        // The whole path first: names such as `.expires` contain dots.
        root.get(&self.0).or_else(|| {
            self.0.split('.').try_fold(root, |value, name| match value {
                Value::Object(fields) => fields.get(name),
                Value::Array(items) => items.get(name.parse::<usize>().ok()?),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            })
        })
    }

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
    fn a_path_selects_from_objects_and_lists() {
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
    fn a_path_with_an_empty_name_is_rejected() {
        for path in ["", ".", "a..b", "a.", ".a"] {
            assert_eq!(FieldPath::try_from(path.to_owned()), Err(EmptyName), "{path:?}");
        }
    }
}
