//! The plugin's program. Cargo builds the programs of a test's own package only, so this builds it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Path of `kubectl-connection`, built from the present sources.
pub fn plugin_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let build = ["build", "--quiet", "--workspace", "--bins"];
        let status =
            Command::new(cargo).args(build).current_dir(env!("CARGO_MANIFEST_DIR")).status();
        assert!(status.is_ok_and(|status| status.success()), "cargo could not build the plugin");
        Path::new(env!("CARGO_BIN_EXE_connection-operator")).with_file_name("kubectl-connection")
    })
}
