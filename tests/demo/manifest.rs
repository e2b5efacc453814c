//! Manifests with gaps, filled in and applied by kubectl.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rig::control_plane::ControlPlane;

use crate::failure::Failure;

/// If the manifests are, from the root of the repository.
const FOLDER: &str = "tests/demo/manifests";

/// A manifest with gaps written `${NAME}`.
#[derive(Debug)]
pub struct Manifest {
    file: &'static str,
    text: String,
}

impl Manifest {
    /// Reads a manifest of the demo.
    pub fn read(file: &'static str) -> Result<Self, Failure> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(file);
        let what = format!("reading {}", path.display());
        Ok(Self { file, text: fs::read_to_string(path).map_err(Failure::io(what))? })
    }

    /// Its path from the root of the repository.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}", self.file)
    }

    /// Fills a gap with text.
    #[must_use]
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.text = self.text.replace(&format!("${{{name}}}"), text);
        self
    }

    /// Fills a gap in the data of a Secret.
    #[must_use]
    pub fn with_data(self, name: &str, bytes: &[u8]) -> Self {
        self.with(name, &STANDARD.encode(bytes))
    }

    /// Writes it into a folder and applies it; returns what kubectl says.
    pub async fn apply(&self, plane: &ControlPlane) -> Result<String, Failure> {
        let path: PathBuf = plane.folder().path().join(self.file);
        let what = format!("writing {}", path.display());
        fs::write(&path, &self.text).map_err(Failure::io(what))?;
        let path = path.display().to_string();
        Ok(plane.kubectl_ok(&["apply", "--server-side", "-f", &path], "").await?)
    }
}
