//! What is wrong, and where.

use std::fmt;

use serde::Serialize;

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Violation {
    /// The path of the field, for example `spec.client.id`; empty where it is the whole manifest.
    pub path: String,
    /// What is wrong, and the remedy.
    pub message: String,
}

impl Violation {
    /// Says what is wrong with a field.
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

/// Where a manifest is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Location {
    /// The file.
    pub file: String,
    /// Which document of the file, counted from one.
    pub document: usize,
    /// Name of the Connection, where it has one.
    pub name: Option<String>,
}

/// A fault in its place. The names are what `-o json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    /// Where the manifest is.
    #[serde(flatten)]
    pub place: Location,
    /// What is wrong with it.
    #[serde(flatten)]
    pub fault: Violation,
}

impl Location {
    /// A fault of the manifest here.
    pub(super) fn with(self, fault: Violation) -> Finding {
        Finding { place: self, fault }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { file, document, name } = &self.place;
        match name {
            Some(name) => write!(f, "{file}, document {document} ({name}): {}", self.fault),
            None => write!(f, "{file}, document {document}: {}", self.fault),
        }
    }
}
