//! A temporary folder that goes when its owner goes, however that happens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Waits for the end of its input, which comes with the death of the owner, then removes the folder.
/// Processes that die at the same moment may still write, hence the second look.
const SWEEPER: &str = r#"
read -r _
while [ -e "$1" ]; do rm -rf "$1"; sleep 0.2; done
"#;

/// A folder that only this user can read. It is removed on drop, at a panic, and if the process is killed.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    sweeper: Child,
}

impl Scratch {
    /// Makes the folder; `prefix` starts its name.
    ///
    /// # Errors
    /// If the folder cannot be made or `sh` cannot be started.
    pub fn new(prefix: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir()?;
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper"]).arg(folder.path());
        let sweeper = outliving(&mut sweeper).stdout(Stdio::null()).spawn()?;
        Ok(Self { path: folder.keep(), sweeper })
    }

    /// If the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in the folder, as text.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        self.path.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is the sweeper's.
        let _ = fs::remove_dir_all(&self.path);
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}

/// Puts a command where Ctrl-C does not reach it, with a pipe as input that closes when this process is gone.
pub(crate) fn outliving(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0).stdin(Stdio::piped()).stderr(Stdio::null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_deleted_with_its_owner() {
        let scratch = Scratch::new("rig-scratch-").unwrap();
        let path = scratch.path().to_owned();
        fs::write(path.join("file"), "text").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
