//! Holds the house to its plan: modules stand on floors and know only the floors below, files do
//! not need each other, and every file keeps the rules of the house. Reads the sources as text; needs nothing but the standard
//! library.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/floors.rs"]
mod floors;
#[path = "architecture/house.rs"]
mod house;
#[path = "architecture/lexer.rs"]
mod lexer;
#[path = "architecture/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::io;

use circles::circles;
use floors::{floor_breaches, unplaced};
use house::{
    code_breaches, folder, heads_folder, is_rust, length, text_breaches, too_many_long,
    undocumented,
};
use tree::{files, sources};

#[test]
fn modules_name_only_modules_of_lower_floors() -> io::Result<()> {
    demand(sources()?.iter().flat_map(|file| floor_breaches(&file.path, &file.text)))
}

#[test]
fn no_two_files_need_each_other() -> io::Result<()> {
    let sources = sources()?;
    let files: Vec<_> = sources.iter().map(|file| (&*file.path, &*file.text)).collect();
    demand(circles(&files))
}

#[test]
fn every_top_level_module_has_a_floor() -> io::Result<()> {
    let paths: Vec<_> = sources()?.into_iter().map(|file| file.path).collect();
    demand(unplaced(paths.iter().map(String::as_str)))
}

#[test]
fn every_file_keeps_the_rules_of_the_house() -> io::Result<()> {
    let files = files()?;
    let rust = || files.iter().filter(|file| is_rust(&file.path));
    let heads: BTreeSet<_> = rust().filter_map(|file| folder(&file.path)).collect();
    let of_heads =
        rust().filter(|file| heads.iter().any(|folder| heads_folder(&file.path, folder)));
    demand(
        rust()
            .flat_map(|file| code_breaches(&file.path, &file.text))
            .chain(files.iter().flat_map(|file| text_breaches(&file.path, &file.text)))
            .chain(of_heads.filter_map(|file| undocumented(&file.path, &file.text))),
    )
}

#[test]
fn at_least_half_of_the_files_are_short() -> io::Result<()> {
    let files = files()?;
    let lengths = files.iter().filter(|file| is_rust(&file.path)).map(|one| length(&one.text));
    demand(too_many_long(&lengths.collect::<Vec<_>>()))
}

/// Fails with all breaches at once.
fn demand(breaches: impl IntoIterator<Item = String>) -> io::Result<()> {
    let breaches: Vec<_> = breaches.into_iter().collect();
    if breaches.is_empty() { Ok(()) } else { Err(io::Error::other(breaches.join("\n"))) }
}
