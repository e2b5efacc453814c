//! A Java keystore, which only a JDK's keytool makes.

use std::path::Path;
use std::process::{Command, Stdio};

/// The alias of its key.
const ALIAS: &str = "signing";

/// A Java keystore and the certificate of its key.
#[derive(Debug)]
pub struct Jks {
    /// The store.
    pub store: Vec<u8>,
    /// The certificate, PEM.
    pub certificate: String,
}

/// Whether there is a keytool that runs: some systems have one that only asks for a JDK.
pub fn keytool_runs() -> bool {
    let mut command = Command::new("keytool");
    command.arg("-help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Makes a store whose key has a password of its own.
pub fn make(folder: &Path, password: &str, key_password: &str) -> Result<Jks, String> {
    let keytool = |arguments: &str| {
        let mut command = Command::new("keytool");
        command.args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null());
        // Arguments are seen by everybody on the machine.
        command.env("STORE_PASSWORD", password).env("KEY_PASSWORD", key_password);
        let output = command.output().map_err(|error| format!("keytool: {error}"))?;
        let said = || [&output.stdout[..], &output.stderr[..]].concat();
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(format!("keytool {arguments}: {}", String::from_utf8_lossy(&said())))
        }
    };
    let store = "-keystore keystore.jks -storetype JKS -storepass:env STORE_PASSWORD";
    let key = "-keyalg RSA -keysize 2048 -dname CN=hr -validity 30 -keypass:env KEY_PASSWORD";
    keytool(&format!("-genkeypair -alias {ALIAS} {store} {key}"))?;
    let certificate = keytool(&format!("-exportcert -rfc -alias {ALIAS} {store}"))?;
    let store = std::fs::read(folder.join("keystore.jks")).map_err(|error| error.to_string())?;
    Ok(Jks { store, certificate: String::from_utf8_lossy(&certificate).into_owned() })
}
