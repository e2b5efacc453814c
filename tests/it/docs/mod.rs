//! The documentation tells the truth: what can be derived from the code is compared with it.
#![expect(clippy::panic, reason = "helpers of tests fail by panicking")]

mod links;
mod reasons;
mod reference;

use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the documentation.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Demands that between the marks `<!-- generated: begin -->` and `<!-- generated: end -->` a file
/// has exactly this text.
fn demand_generated(name: &str, expected: &str) {
    let file = read(name);
    let inside = file
        .split_once("<!-- generated: begin -->\n")
        .and_then(|(_, rest)| rest.split_once("<!-- generated: end -->"))
        .unwrap_or_else(|| panic!("{name} has no marks `generated: begin` and `generated: end`"))
        .0;
    assert!(inside == expected, "{name} is out of date. Put this between its marks:\n{expected}");
}
