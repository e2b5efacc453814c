//! How Chromium is started: a fresh profile, no sandbox, no word to anybody but loopback.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::parts::daemon;

const REMEDY: &str = "install Chromium and its driver (Debian: chromium and chromium-driver)";

/// The names that the browser goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Containers often run as root and without user namespaces: the sandbox starts in neither, and the
/// pages here are our own. Chromium's own network requests are off, and names that are
/// not loopback do not resolve, so that a page which names a font elsewhere does not wait for it.
const FLAGS: [&str; 17] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-breakpad",
    "--disable-features=AutofillServerCommunication,MediaRouter,OptimizationHints,Translate",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE ::1 , \
     EXCLUDE localhost , EXCLUDE *.localhost",
];

/// How long a page may take to load, in milliseconds.
const LOAD: u64 = 60_000;

/// The program that drives the browser.
pub(super) fn driver() -> std::io::Result<PathBuf> {
    daemon::find("chromedriver", REMEDY)
}

/// The capabilities (`WebDriver` section 7) of a session with its profile in this folder.
/// Certificates are not verified: those of tests are self-signed.
pub(super) fn capabilities(profile: &Path) -> std::io::Result<Value> {
    let binary = NAMES.iter().find_map(|name| daemon::find(name, REMEDY).ok());
    let binary = match binary {
        Some(binary) => binary,
        None => daemon::find(NAMES[0], REMEDY)?,
    };
    let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
    flags.push(format!("--user-data-dir={}", profile.display()));
    Ok(json!({"capabilities": {"alwaysMatch": {
        "acceptInsecureCerts": true,
        "timeouts": {"pageLoad": LOAD},
        "goog:chromeOptions": {"binary": binary, "args": flags},
        "goog:loggingPrefs": {"browser": "ALL"},
    }}}))
}
