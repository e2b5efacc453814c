//! The files that are meant: those of a folder, as kubectl takes them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// What the names of manifests end with.
const KINDS: [&str; 3] = ["json", "yaml", "yml"];

/// The files that are meant, in the order of the arguments; those of a folder by name.
pub(super) fn of(named: &[PathBuf], recursive: bool) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        add(path, recursive, &mut files)?;
        if files.len() == before {
            return Err(CliError::Cannot(format!(
                "{}: there is no .yaml, .yml or .json file in this folder: name another one, or add -R for the folders in it",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn add(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::Cannot(format!("{}: {error}: name a folder that can be read", folder.display()))
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder may lead back here.
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if is_folder && recursive {
            add(&path, recursive, files)?;
        } else if !path.is_dir() && is_manifest(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str());
    kind.is_some_and(|kind| KINDS.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_its_manifests_are_meant_and_with_r_those_below() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("below")).unwrap();
        for name in ["b.yml", "a.yaml", "c.json", "d.txt", "below/e.yaml"] {
            fs::write(root.join(name), "").unwrap();
        }
        let found = |recursive| {
            let files = of(&[root.join("d.txt"), root.to_owned()], recursive).unwrap();
            let name = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
            files.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(found(false), ["d.txt", "a.yaml", "b.yml", "c.json"]);
        assert_eq!(found(true), ["d.txt", "a.yaml", "b.yml", "below/e.yaml", "c.json"]);
        let none = of(&[root.join("below/none"), root.join("below")], false).unwrap();
        assert_eq!(none.len(), 2);
    }
}
