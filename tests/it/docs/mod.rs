//! The documentation matches the code: what can be derived from the code is compared with it.
#![expect(clippy::panic, reason = "helpers of tests fail by panicking")]

pub mod blocks;
mod chart_values;
mod commands;
mod fields;
mod links;
mod manifests;
mod queries;
mod reasons;
mod reference;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the documentation.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Demands that between the marks `<!-- generated: begin -->` and `<!-- generated: end -->` a file
/// has exactly this text.
pub fn assert_generated(name: &str, expected: &str) {
    let (begin, end) = ("<!-- generated: begin -->\n", "<!-- generated: end -->");
    let file = read(name);
    let parts = file.split_once(begin).and_then(|(head, rest)| Some((head, rest.split_once(end)?)));
    let Some((head, (inside, tail))) = parts else {
        panic!("{name} has no marks `generated: begin` and `generated: end`");
    };
    if inside == expected {
        return;
    }
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(path(name), [head, begin, expected, end, tail].concat()).expect("it is written");
        return;
    }
    panic!("{name} is out of date: run `make generate`");
}
