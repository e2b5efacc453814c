//! Upgrades: what each release made, as it was recorded in the folders `v…` next to this file, and
//! what today's operator does with it.

mod in_place;
mod landscape;
mod objects;
mod recording;
mod replay;
mod restored;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

/// Where a version's recordings are.
pub fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/upgrade").join(version)
}

/// The versions that were recorded.
pub fn versions() -> Vec<String> {
    let here = fs::read_dir(folder("")).expect("the folder is there");
    let names = here.map(|entry| entry.expect("an entry").file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let mut versions: Vec<_> = names.filter(|name| folder(name).is_dir()).collect();
    versions.sort_unstable();
    versions
}

/// A recording of a version.
pub fn recorded(version: &str, file: &str) -> String {
    let path = folder(version).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_current_version_is_recorded() {
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    assert!(
        versions().iter().any(|item| item == version),
        "record it: RECORD={version} cargo test --test it -- upgrade::recording"
    );
}
