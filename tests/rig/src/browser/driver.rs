//! The one chromedriver of this process. Its browsers are in its process group, so they end with it
//! however this process ends.

use std::io;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::browser::chromium;
use crate::parts::daemon;
use crate::process::{Process, Program};
use crate::scratch::Scratch;

struct Driver {
    process: Process,
    port: u16,
    /// If it and its browsers have their home, so that nothing is written to the user's.
    folder: Scratch,
}

static DRIVER: Mutex<Option<Driver>> = Mutex::new(None);

/// The port of the driver, which is started if none runs, and an empty folder for a profile.
/// What a dying browser still writes after the folder is gone goes with the driver's own folder.
/// Blocks for a second.
pub(super) fn port_and_profile() -> io::Result<(u16, TempDir)> {
    let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = match driver.as_mut() {
        Some(running) => running.process.exit_status()?.is_none(),
        None => false,
    };
    let running = match driver.take() {
        Some(running) if runs => running,
        _ => start()?,
    };
    let running = driver.insert(running);
    Ok((running.port, TempDir::with_prefix_in("profile-", running.folder.path())?))
}

fn start() -> io::Result<Driver> {
    let path = chromium::driver()?;
    let folder = Scratch::new("rig-chromedriver-")?;
    let home = folder.path().to_string_lossy().into_owned();
    let homes = ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];
    let (process, ports) = daemon::start(1, |ports| {
        Ok(Program {
            path: path.clone(),
            args: vec![format!("--port={}", ports[0]), "--log-level=WARNING".to_owned()],
            env: homes.iter().map(|&name| (name.to_owned(), home.clone())).collect(),
            log: folder.path().join("chromedriver.log"),
        })
    })?;
    Ok(Driver { process, port: ports[0], folder })
}
