//! Links lead to files, and tests that are named exist.

use std::fs;
use std::path::{Path, PathBuf};

use super::{path, read};

/// The Markdown files of the repository's root and of `docs`.
pub fn pages() -> Vec<PathBuf> {
    let mut pages = ["docs", "charts"].map(|folder| files(&path(folder), "md")).concat();
    let root = fs::read_dir(path(".")).expect("the root is there");
    let root = root.map(|entry| entry.expect("an entry").path());
    pages.extend(root.filter(|file| file.extension().is_some_and(|extension| extension == "md")));
    pages
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let file = entry.expect("an entry").path();
        if file.is_dir() && !file.ends_with("target") && !file.ends_with("node_modules") {
            found.extend(files(&file, extension));
        } else if file.extension().is_some_and(|found| found == extension) {
            found.push(file);
        }
    }
    found
}

/// The targets of a page's links, without those to the web, as file and anchor.
fn targets(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .filter(|target| !target.contains("://"))
        .map(|target| match target.split_once('#') {
            Some((file, anchor)) => (file, Some(anchor)),
            None => (target, None),
        })
}

/// The anchors of a page's headings, as web hosts of Markdown make them.
fn anchors(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if in_block || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || "-_".contains(letter) => Some(letter),
            _ => None,
        });
        found.push(kept.collect::<String>().to_lowercase());
    }
    found
}

#[test]
fn an_anchor_is_the_heading_in_lower_case() {
    let text = "# The `page`\n## Size, and rate\n```sh\n# a comment\n```\n#tag\n";
    assert_eq!(anchors(text), ["the-page", "size-and-rate"]);
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for (target, anchor) in targets(&text) {
            let file = match target {
                "" => page.clone(),
                target => page.parent().expect("a page is in a folder").join(target),
            };
            assert!(file.exists(), "{}: no file at {target}", page.display());
            let Some(anchor) = anchor else { continue };
            let headings = anchors(&fs::read_to_string(&file).expect("a page"));
            assert!(
                headings.iter().any(|heading| heading == anchor),
                "{}: no heading #{anchor} in {target}",
                page.display()
            );
        }
    }
}

/// A section of a page.
fn section(page: &str, title: &str) -> String {
    let page = read(page);
    let (_, rest) = page.split_once(&format!("\n## {title}\n")).expect("the section is there");
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The tests that a text names.
fn tests(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word.matches('_').count() >= 2 && word.bytes().all(plain)
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
}

fn assert_tests(names: &[&str]) {
    let sources: String = ["crates", "src", "tests"]
        .map(|folder| files(&path(folder), "rs"))
        .concat()
        .iter()
        .map(|file| fs::read_to_string(file).expect("a source can be read"))
        .collect();
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test `{name}`");
    }
}

#[test]
fn every_test_that_the_invariants_name_exists() {
    let invariants = section("docs/architecture.md", "Invariants");
    let named = tests(&invariants);
    assert!(named.len() > 10, "the invariants name their tests: {named:?}");
    assert_tests(&named);
}

#[test]
fn every_attack_has_a_test_that_exists() {
    let attacks = section("docs/security.md", "Tested attacks");
    let rows: Vec<_> =
        attacks.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    assert_eq!(rows.len(), 12, "a row for each attack");
    for row in rows {
        let named = tests(row);
        assert!(!named.is_empty(), "an attack without a test: {row}");
        assert_tests(&named);
    }
}
