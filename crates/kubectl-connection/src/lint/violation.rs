//! Violations and their locations.

use std::fmt;

use serde::Serialize;

/// A violation of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Violation {
    /// The path of the field, for example `spec.client.id`. Empty for the whole manifest.
    pub path: String,
    /// The violation, followed by the remedy.
    pub message: String,
}

impl Violation {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{separator}{}", self.path, self.message)
    }
}

/// The location of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Location {
    pub file: String,
    /// The position in the file, starting at 1.
    pub document: usize,
    /// Name of the Connection.
    pub name: Option<String>,
}

/// A violation and its location. The names are those of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    #[serde(flatten)]
    pub location: Location,
    #[serde(flatten)]
    pub violation: Violation,
}

impl Location {
    /// Adds a violation.
    pub(super) fn with(self, violation: Violation) -> Finding {
        Finding { location: self, violation }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { file, document, name } = &self.location;
        match name {
            Some(name) => write!(f, "{file}, document {document} ({name}): {}", self.violation),
            None => write!(f, "{file}, document {document}: {}", self.violation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_states_file_document_name_and_path() {
        let finding = |name: Option<&str>, path: &str, message: &str| {
            let location = Location {
                file: "all.yaml".to_owned(),
                document: 2,
                name: name.map(str::to_owned),
            };
            location.with(Violation::new(path, message)).to_string()
        };
        let lines = [
            finding(Some("crm"), "spec.client", "Required value: set client.id"),
            finding(None, "", "invalid YAML: line 4: duplicate key"),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        all.yaml, document 2 (crm): spec.client: Required value: set client.id
        all.yaml, document 2: invalid YAML: line 4: duplicate key
        ");
    }
}
