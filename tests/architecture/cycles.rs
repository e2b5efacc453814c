//! Import cycles between the files of a crate. A `mod.rs` declares the files below it and is not
//! part of a cycle.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::imports;

/// The files that each file uses.
type Uses<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Every cycle, once.
pub fn cycles<'a>(files: &[(&'a str, &str)]) -> Vec<String> {
    let paths: BTreeSet<_> = files.iter().map(|(path, _)| *path).collect();
    let uses: Uses<'a> =
        files.iter().map(|(path, text)| (*path, used_files(path, text, &paths))).collect();
    let (mut found, mut visited) = (Vec::new(), BTreeSet::new());
    for path in uses.keys() {
        visit(path, &uses, &mut Vec::new(), &mut visited, &mut found);
    }
    found
}

/// Depth-first search that records a cycle when it reaches a file on the current path.
fn visit<'a>(
    file: &'a str,
    uses: &Uses<'a>,
    path: &mut Vec<&'a str>,
    visited: &mut BTreeSet<&'a str>,
    found: &mut Vec<String>,
) {
    if let Some(start) = path.iter().position(|visiting| *visiting == file) {
        let cycle = path[start..].join(" -> ");
        found.push(format!("{cycle} -> {file}: move what both use to a file of its own"));
        return;
    }
    if !visited.insert(file) {
        return;
    }
    path.push(file);
    for next in uses.get(file).into_iter().flatten() {
        visit(next, uses, path, visited, found);
    }
    path.pop();
}

/// The files that a file uses by `crate::` or `super::`, without itself.
fn used_files<'a>(path: &str, text: &str, paths: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let source = path.find("src/").map_or("", |at| &path[..at + 3]);
    let parent = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from_crate = imports(text, "crate").into_iter().map(|import| (source, import));
    let relative = imports(text, "super").into_iter().map(|import| (parent, import));
    let relative = relative.filter(|_| !path.ends_with("/mod.rs"));
    from_crate
        .chain(relative)
        .filter_map(|(base, import)| {
            let mut place = base.to_owned();
            let mut file = None;
            for segment in import.segments {
                place = format!("{place}/{segment}");
                file = paths.get(&*format!("{place}.rs")).or(file);
            }
            file.copied()
        })
        .filter(|used| *used != path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::cycles;

    #[test]
    fn a_cycle_is_found_once_and_a_tree_has_none() {
        let tree = [
            ("crates/x/src/a/b.rs", "use crate::a::c::D; use super::e;"),
            ("crates/x/src/a/c.rs", "use crate::a::e::F;"),
            ("crates/x/src/a/e.rs", "mod tests { use super::*; }"),
            ("crates/x/src/a/mod.rs", "mod b; use crate::a::b::G;"),
        ];
        assert_eq!(cycles(&tree), [""; 0]);
        let [b, c, _, root] = tree;
        let found = cycles(&[b, c, ("crates/x/src/a/e.rs", "use crate::a::b::G;"), root]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
