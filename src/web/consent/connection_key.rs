//! Which Connection a path speaks of. A path that no Connection can have costs nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of a Connection's name.
const LONGEST_NAME: usize = 240;
/// The most characters of a namespace's name (RFC 1123).
const LONGEST_NAMESPACE: usize = 63;

/// Namespace and name of a Connection, as a path gives them; it need not exist.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct ConnectionKey {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ConnectionKey {
    /// Reads the two parts of a path; none where no Connection can be called so.
    #[must_use]
    pub(super) fn of(namespace: &str, name: &str) -> Option<Self> {
        let fits = is_label(namespace)
            && namespace.len() <= LONGEST_NAMESPACE
            && name.len() <= LONGEST_NAME
            && name.split('.').all(is_label);
        fits.then(|| Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for ConnectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_a_connection_can_have_are_places() {
        for (claim, namespace, name, fits) in [
            ("plain", "team", "mail", true),
            ("a name with dots", "team-1", "mail.example", true),
            ("nothing", "team", "", false),
            ("capitals", "team", "Mail", false),
            ("a namespace with a dot", "te.am", "mail", false),
            ("a dot at the end", "team", "mail.", false),
            ("a way up", "team", "..", false),
            ("a slash", "team", "a/b", false),
            ("markup", "team", "<script>", false),
            ("an option", "team", "--all", false),
            ("a long name", "team", &"a".repeat(241), false),
            ("a long namespace", &"a".repeat(64), "mail", false),
        ] {
            assert_eq!(ConnectionKey::of(namespace, name).is_some(), fits, "{claim}");
        }
    }
}
