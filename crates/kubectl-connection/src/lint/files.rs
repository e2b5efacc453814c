//! Finds the manifests of files and folders, as `kubectl apply -f` does.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// The file extensions of manifests.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Returns the files in the order of the arguments; the files of a folder are sorted by name.
///
/// # Errors
///
/// Returns an error if a folder cannot be read or has no manifest.
pub(super) fn expand(paths: &[PathBuf], recursive: bool) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        // Includes `-` and missing files: reading the file reports the error.
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        add(path, recursive, &mut files)?;
        // A mistyped folder must not pass as valid.
        if files.len() == before {
            return Err(CliError::Cannot(format!(
                "{}: no .yaml, .yml or .json file in this folder: set another folder, or add -R for its subfolders",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn add(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::Cannot(format!("{}: {error}: set a readable folder", folder.display()))
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // Symbolic links are not followed: they can form a cycle.
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
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_expands_to_its_manifests_and_with_r_to_those_of_subfolders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("below")).unwrap();
        for name in ["b.yml", "a.yaml", "c.json", "d.txt", "below/e.yaml"] {
            fs::write(root.join(name), "").unwrap();
        }
        let expanded = |recursive| {
            let files = expand(&[root.join("d.txt"), root.to_owned()], recursive).unwrap();
            let name = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
            files.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(expanded(false), ["d.txt", "a.yaml", "b.yml", "c.json"]);
        assert_eq!(expanded(true), ["d.txt", "a.yaml", "b.yml", "below/e.yaml", "c.json"]);
        let none = expand(&[root.join("below/none"), root.join("below")], false).unwrap();
        assert_eq!(none.len(), 2);
    }
}
