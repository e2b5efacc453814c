//! What every file keeps to.

use std::path::Path;

/// The most lines that a file may have.
const MAX_LINES: usize = 500;

/// At least half of the files have fewer lines.
const SHORT_FILE: usize = 120;

/// Beginnings of paths that exist on one machine only; split, so that this file has none.
const MACHINE_PATHS: [(&str, &str); 5] =
    [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("/var/ca", "che/")];

/// Settings that select a registry; split as well.
const REGISTRIES: [(&str, &str); 5] = [
    ("index", "-url"),
    ("replace", "-with"),
    ("\"reso", "lved\":"),
    ("GOPROXY", "=http"),
    ("registry", "=http"),
];

pub fn too_long(path: &str, text: &str) -> Option<String> {
    (length(text) > MAX_LINES).then(|| {
        format!(
            "{path}: has {} lines, at most {MAX_LINES} are allowed: split it, or move its tests to `tests.rs`",
            length(text)
        )
    })
}

/// Paths of one machine and settings of one registry.
pub fn forbidden_text(path: &str, text: &str) -> Vec<String> {
    let has = |(first, second): &&(&str, &str)| text.contains(&[*first, second].concat());
    let paths = MACHINE_PATHS.iter().filter(has).map(|(first, second)| {
        format!("{path}: contains a path of one machine, `{first}{second}`: use a relative path or a variable")
    });
    let registries = REGISTRIES.iter().filter(has).map(|(first, second)| {
        format!(
            "{path}: selects a registry by `{first}{second}`: leave it to the machine's settings"
        )
    });
    paths.chain(registries).collect()
}

pub fn folder(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Reports if the file is where the folder is documented: its `mod.rs`, its crate's root, or the
/// file of its name.
pub fn documents_folder(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or_default();
    matches!(inside, "/mod.rs" | "/lib.rs" | "/main.rs" | ".rs")
}

pub fn undocumented(path: &str, text: &str) -> Option<String> {
    (!text.starts_with("//!")).then(|| {
        format!("{path}:1: does not document its folder: begin with `//!`, its purpose and what it may use")
    })
}

pub fn too_many_long(lengths: &[usize]) -> Option<String> {
    let short = lengths.iter().filter(|&&length| length < SHORT_FILE).count();
    (short * 2 < lengths.len()).then(|| {
        format!(
            "only {short} of {} files are shorter than {SHORT_FILE} lines: split files by subject",
            lengths.len()
        )
    })
}

pub fn length(text: &str) -> usize {
    text.lines().count()
}

pub fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_convention_finds_a_violation() {
        assert!(too_long("src/a.rs", &"//\n".repeat(MAX_LINES + 1)).is_some());
        assert!(too_long("src/a.rs", &"//\n".repeat(MAX_LINES)).is_none());
        for (first, second) in MACHINE_PATHS.iter().chain(&REGISTRIES) {
            let text = format!("see {first}{second}");
            assert_eq!(forbidden_text("docs/a.md", &text).len(), 1, "{text}");
        }
        assert!(undocumented("src/a/mod.rs", "mod b;").is_some());
        assert!(undocumented("src/a/mod.rs", "//! Purpose.").is_none());
        assert!(too_many_long(&[10, 10, 200, 300, 400]).is_some());
        assert!(too_many_long(&[10, 10, 200, 300]).is_none());
    }

    #[test]
    fn a_folder_is_documented_by_its_root_file() {
        for (path, folder) in [
            ("src/keys/mod.rs", "src/keys"),
            ("src/lib.rs", "src"),
            ("src/store/inputs.rs", "src/store/inputs"),
            ("tests/fuzz/main.rs", "tests/fuzz"),
        ] {
            assert!(documents_folder(path, folder), "{path}");
        }
        assert!(!documents_folder("src/keys/jks.rs", "src/keys"));
    }
}
