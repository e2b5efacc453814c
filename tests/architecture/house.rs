//! What every file keeps to. Each rule is tried on made-up breaches.

use std::path::Path;

use crate::lexer::tokens;

/// The most lines that a file may have.
const LONGEST_FILE: usize = 500;

/// At least half of the files have fewer lines.
const SHORT_FILE: usize = 120;

/// How paths of one person's machine begin; each in two halves, so that this file has none.
const MACHINE_PATHS: [(&str, &str); 5] =
    [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("/var/ca", "che/")];

/// How a registry is chosen that only some machines reach; in two halves as well.
const REGISTRIES: [(&str, &str); 5] = [
    ("index", "-url"),
    ("replace", "-with"),
    ("\"reso", "lved\":"),
    ("GOPROXY", "=http"),
    ("registry", "=http"),
];

/// What every Rust file must not have.
pub fn code_breaches(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if length(text) > LONGEST_FILE {
        breaches.push(format!(
            "{path}: has {} lines, {LONGEST_FILE} at most: split it, or move its tests to a `tests.rs` of their own",
            length(text)
        ));
    }
    let tokens = tokens(text);
    for window in tokens.windows(3) {
        if let [before, allow, after] = window
            && matches!(before.text, "[" | ",")
            && (allow.text, after.text) == ("allow", "(")
        {
            breaches.push(format!(
                "{path}:{}: allows a lint: use #[expect(…, reason = \"…\")], which complains when it is not needed any more",
                allow.line
            ));
        }
    }
    breaches
}

/// What no file may tell: where somebody builds it, and from which registry.
pub fn text_breaches(path: &str, text: &str) -> Vec<String> {
    let has = |(first, second): &(&str, &str)| text.contains(&[*first, second].concat());
    let name = |(first, second): &(&str, &str)| format!("`{first}{second}`");
    let paths = MACHINE_PATHS.iter().filter(|one| has(one)).map(|one| {
        format!(
            "{path}: has a path of one machine, {}: use a relative path or a variable",
            name(one)
        )
    });
    let registries = REGISTRIES.iter().filter(|one| has(one)).map(|one| {
        format!("{path}: names a registry by {}: leave it to the machine's own settings", name(one))
    });
    paths.chain(registries).collect()
}

/// The folder that a file is in.
pub fn folder(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Whether a file speaks for a folder: its `mod.rs`, its crate's root, or the file of its name.
pub fn heads_folder(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or_default();
    matches!(inside, "/mod.rs" | "/lib.rs" | "/main.rs" | ".rs")
}

pub fn undocumented(path: &str, text: &str) -> Option<String> {
    (!text.starts_with("//!")).then(|| {
        format!("{path}:1: says nothing of its folder: begin with `//!`, what it is for and what it may know")
    })
}

pub fn too_many_long(lengths: &[usize]) -> Option<String> {
    let short = lengths.iter().filter(|&&length| length < SHORT_FILE).count();
    (short * 2 < lengths.len()).then(|| {
        format!(
            "only {short} of {} files are shorter than {SHORT_FILE} lines: give each thought a file of its own",
            lengths.len()
        )
    })
}

pub fn length(text: &str) -> usize {
    text.lines().count()
}

pub fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|one| one == "rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_breaks_a_rule_of_the_house_is_caught() {
        let long = "//\n".repeat(LONGEST_FILE + 1);
        for (text, expected) in [
            (long.as_str(), "split it"),
            ("#[allow(dead_code)]\nfn f() {}", ":1: allows a lint"),
            ("fn f() {}\n#![allow(dead_code)]", ":2: allows a lint"),
            ("#[cfg_attr(test, allow(dead_code))] fn f() {}", "allows a lint"),
        ] {
            let breaches = code_breaches("src/a.rs", text);
            assert!(breaches.len() == 1 && breaches[0].contains(expected), "{breaches:?}");
        }
        assert_eq!(
            code_breaches("src/a.rs", "// #[allow(x)]\nconst A: &str = \"#[allow(\";"),
            [""; 0]
        );
        for (first, second) in MACHINE_PATHS.iter().chain(&REGISTRIES) {
            let text = format!("see {first}{second}");
            assert_eq!(text_breaches("docs/a.md", &text).len(), 1, "{text}");
        }
        assert!(undocumented("src/a/mod.rs", "mod b;").is_some());
        assert!(undocumented("src/a/mod.rs", "//! What is in it.").is_none());
        assert!(too_many_long(&[10, 10, 200, 300, 400]).is_some());
        assert!(too_many_long(&[10, 10, 200, 300]).is_none());
    }

    #[test]
    fn each_folder_has_a_file_that_speaks_for_it() {
        for (path, folder) in [
            ("src/keys/mod.rs", "src/keys"),
            ("src/lib.rs", "src"),
            ("src/store/inputs.rs", "src/store/inputs"),
            ("tests/fuzz/main.rs", "tests/fuzz"),
        ] {
            assert!(heads_folder(path, folder), "{path}");
        }
        assert!(!heads_folder("src/keys/jks.rs", "src/keys"));
    }
}
