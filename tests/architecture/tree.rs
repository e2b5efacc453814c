//! The files of the repository.

use std::path::Path;
use std::{fs, io};

use crate::conventions::is_rust;

pub struct File {
    /// Relative to the repository's root, with `/`.
    pub path: String,
    pub text: String,
}

/// Rust sources of the programs and their crates.
pub fn sources() -> io::Result<Vec<File>> {
    let mut files = files()?;
    files.retain(|file| {
        is_rust(&file.path) && (file.path.starts_with("src/") || file.path.starts_with("crates/"))
    });
    Ok(files)
}

/// All files of the repository, without build output and files of tools.
pub fn files() -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files)?;
    Ok(files)
}

fn collect(directory: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let hidden = name.starts_with('.') && !matches!(name.as_str(), ".ci" | ".github");
        if hidden || matches!(name.as_str(), "target" | "node_modules" | "__pycache__") {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let text = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
            files.push(File { path, text });
        }
    }
    Ok(())
}
