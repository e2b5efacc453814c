//! The files of the repository.

use std::path::Path;
use std::{fs, io};

use crate::house::is_rust;

/// A file of the repository.
pub struct File {
    /// Its path below the root, with `/`.
    pub path: String,
    pub text: String,
}

pub fn sources() -> io::Result<Vec<File>> {
    let mut files = files()?;
    files.retain(|file| is_rust(&file.path) && file.path.starts_with("src/"));
    Ok(files)
}

/// All files of the repository but what is built or belongs to a tool.
pub fn files() -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    gather(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files)?;
    Ok(files)
}

fn gather(directory: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
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
            gather(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let text = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
            files.push(File { path, text });
        }
    }
    Ok(())
}
