//! No file needs one that needs it. A `mod.rs` is the face of its folder: it names the files below it,
//! and is no part of a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::tokens;

/// The files that each file names.
type Needs<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The circles of the files, each once, as the way around.
pub fn circles<'a>(files: &[(&'a str, &str)]) -> Vec<String> {
    let paths: BTreeSet<_> = files.iter().map(|(path, _)| *path).collect();
    let needs: Needs<'a> =
        files.iter().map(|(path, text)| (*path, named(path, text, &paths))).collect();
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for path in needs.keys() {
        follow(path, &needs, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

/// Goes wherever a file leads, and notes where that is a place on the way.
fn follow<'a>(
    path: &'a str,
    needs: &Needs<'a>,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
    found: &mut Vec<String>,
) {
    if let Some(at) = way.iter().position(|one| *one == path) {
        let circle = way[at..].join(" -> ");
        found.push(format!("{circle} -> {path}: move what both need to a file of its own"));
        return;
    }
    if !done.insert(path) {
        return;
    }
    way.push(path);
    for next in needs.get(path).into_iter().flatten() {
        follow(next, needs, way, done, found);
    }
    way.pop();
}

/// The files that a file names by `crate::` or `super::`, without itself.
fn named<'a>(path: &str, text: &str, paths: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let tokens = tokens(text);
    let mut named = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let mut place = match token.text {
            "crate" => "src".to_owned(),
            "super" if !path.ends_with("/mod.rs") => folder(path).to_owned(),
            _ => continue,
        };
        let steps = tokens[index + 1..].chunks_exact(2);
        let steps = steps.take_while(|pair| pair[0].text == "::").map(|pair| pair[1].text);
        // The last: a file may head a folder of others.
        let mut last = None;
        for step in steps {
            place = format!("{place}/{step}");
            last = paths.get(&*format!("{place}.rs")).or(last);
        }
        named.extend(last.filter(|one| **one != path));
    }
    named
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::circles;

    #[test]
    fn a_circle_is_found_once_and_a_tree_is_none() {
        let tree = [
            ("src/a/b.rs", "use crate::a::c::D; use super::e;"),
            ("src/a/c.rs", "use crate::a::e::F;"),
            ("src/a/e.rs", "mod tests { use super::*; }"),
            ("src/a/mod.rs", "mod b; use crate::a::b::G;"),
        ];
        assert_eq!(circles(&tree), [""; 0]);
        let [b, c, _, face] = tree;
        let circle = circles(&[b, c, ("src/a/e.rs", "use crate::a::b::G;"), face]);
        assert_eq!(circle.len(), 1, "{circle:?}");
        assert!(circle[0].starts_with("src/a/b.rs -> src/a/c.rs -> src/a/e.rs -> src/a/b.rs"));
    }
}
