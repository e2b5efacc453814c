//! Checks what the compiler cannot: layers and import cycles inside a crate, file lengths, and what
//! no file may contain. Reads the sources as text.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]

#[path = "architecture/conventions.rs"]
mod conventions;
#[path = "architecture/cycles.rs"]
mod cycles;
#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/prose.rs"]
mod prose;
#[path = "architecture/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::io;

use conventions::{
    documents_folder, folder, forbidden_text, is_rust, length, too_long, too_many_long,
    undocumented,
};
use cycles::cycles;
use layers::{layer_violations, unplaced};
use tree::{files, sources};

#[test]
fn modules_use_only_lower_layers() -> io::Result<()> {
    require_none(sources()?.iter().flat_map(|file| layer_violations(&file.path, &file.text)))
}

#[test]
fn crates_depend_only_on_what_they_need() -> io::Result<()> {
    require_none(dependencies::forbidden()?)
}

#[test]
fn every_top_level_module_has_a_layer() -> io::Result<()> {
    let paths: Vec<_> = sources()?.into_iter().map(|file| file.path).collect();
    require_none(unplaced(paths.iter().map(String::as_str)))
}

#[test]
fn files_do_not_import_each_other_in_cycles() -> io::Result<()> {
    let sources = sources()?;
    let files: Vec<_> = sources.iter().map(|file| (&*file.path, &*file.text)).collect();
    require_none(cycles(&files))
}

#[test]
fn files_follow_the_conventions() -> io::Result<()> {
    let files = files()?;
    let rust: Vec<_> = files.iter().filter(|file| is_rust(&file.path)).collect();
    let folders: BTreeSet<_> = rust.iter().filter_map(|file| folder(&file.path)).collect();
    let roots = rust
        .iter()
        .filter(|file| folders.iter().any(|folder| documents_folder(&file.path, folder)));
    require_none(
        rust.iter()
            .filter_map(|file| too_long(&file.path, &file.text))
            .chain(files.iter().flat_map(|file| forbidden_text(&file.path, &file.text)))
            .chain(roots.filter_map(|file| undocumented(&file.path, &file.text))),
    )
}

#[test]
fn at_least_half_of_the_files_are_short() -> io::Result<()> {
    let files = files()?;
    let lengths = files.iter().filter(|file| is_rust(&file.path)).map(|file| length(&file.text));
    require_none(too_many_long(&lengths.collect::<Vec<_>>()))
}

#[test]
fn prose_uses_the_terms_of_the_glossary() -> io::Result<()> {
    require_none(files()?.iter().flat_map(|file| prose::violations(&file.path, &file.text)))
}

/// Fails with all violations at once.
fn require_none(violations: impl IntoIterator<Item = String>) -> io::Result<()> {
    let violations: Vec<_> = violations.into_iter().collect();
    if violations.is_empty() { Ok(()) } else { Err(io::Error::other(violations.join("\n"))) }
}
