//! The Connection of a path. Invalid names are rejected before any look-up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Maximum length of a Connection's name.
const MAX_NAME_LENGTH: usize = 240;
/// Maximum length of a namespace's name (RFC 1123).
const MAX_NAMESPACE_LENGTH: usize = 63;

/// Namespace and name of a Connection, which may not exist.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct ConnectionKey {
    pub namespace: String,
    pub name: String,
}

impl ConnectionKey {
    /// Returns none if the names are invalid.
    pub(super) fn parse(namespace: &str, name: &str) -> Option<Self> {
        let is_valid = is_label(namespace)
            && namespace.len() <= MAX_NAMESPACE_LENGTH
            && name.len() <= MAX_NAME_LENGTH
            // Labels contain no dots or slashes, so that a name cannot change the path.
            && name.split('.').all(is_label);
        is_valid.then(|| Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for ConnectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

fn is_label(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.bytes().all(is_allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_names_are_parsed() {
        for (claim, namespace, name, valid) in [
            ("plain", "team", "mail", true),
            ("a name with dots", "team-1", "mail.example", true),
            ("nothing", "team", "", false),
            ("capitals", "team", "Mail", false),
            ("a namespace with a dot", "te.am", "mail", false),
            ("a dot at the end", "team", "mail.", false),
            ("a parent folder", "team", "..", false),
            ("a slash", "team", "a/b", false),
            ("markup", "team", "<script>", false),
            ("an option", "team", "--all", false),
            ("a long name", "team", &"a".repeat(241), false),
            ("a long namespace", &"a".repeat(64), "mail", false),
        ] {
            assert_eq!(ConnectionKey::parse(namespace, name).is_some(), valid, "{claim}");
        }
    }
}
