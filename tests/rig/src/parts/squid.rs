//! squid, a proxy that is asked to CONNECT.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::parts::{Login, daemon};
use crate::process::{Process, Program};
use crate::scratch::Scratch;

const REMEDY: &str = "install squid (Debian: squid)";

/// What squid asks about a user: one line for a line, percent-encoded.
const HELPER: &str = r#"
while read -r username password; do
    if [ "$username $password" = "$LOGIN" ]; then echo OK; else echo ERR; fi
done
"#;

/// A running squid. Dropping it ends it.
#[derive(Debug)]
pub struct Squid {
    process: Process,
    port: u16,
    folder: Scratch,
}

impl Squid {
    /// Starts one, for anybody or for one user, and waits until it listens.
    ///
    /// # Errors
    /// Where squid is missing or does not start, with what it wrote.
    pub fn start(login: Option<&Login>) -> io::Result<Self> {
        let path = daemon::find("squid", REMEDY)?;
        let folder = Scratch::new("rig-squid-")?;
        // Started by root, squid turns into another user, who writes logs and reads the helper.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let logs = folder.path().join("logs");
        fs::create_dir(&logs)?;
        fs::set_permissions(&logs, Permissions::from_mode(0o777))?;
        fs::write(folder.path().join("helper.sh"), HELPER)?;
        let known =
            login.map(|login| format!("{} {}", encoded(&login.username), encoded(&login.password)));
        let (process, ports) = daemon::start(1, |ports| {
            let text = configuration(folder.path(), login.is_some(), ports[0]);
            fs::write(folder.path().join("squid.conf"), text)?;
            let args = ["-N", "-f", &folder.file("squid.conf")];
            Ok(Program {
                path: path.clone(),
                args: args.map(str::to_owned).to_vec(),
                env: known.iter().map(|item| ("LOGIN".to_owned(), item.clone())).collect(),
                log: folder.path().join("squid.log"),
            })
        })?;
        Ok(Self { process, port: ports[0], folder })
    }

    /// If it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, for clients.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One line a request: status, method, target, user.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("logs/access.log"));
        let log = log.unwrap_or_default();
        // A connection without a request has no log line.
        let asked = log.lines().filter(|line| !line.contains("error:"));
        asked.map(str::to_owned).collect()
    }

    /// Stops it, so that the port is closed.
    pub fn stop(&mut self) {
        self.process.kill();
    }
}

/// As squid writes it for the helper (RFC 1738 section 2.2, "unsafe").
fn encoded(text: &str) -> String {
    let unsafe_one = |byte: u8| !byte.is_ascii_graphic() || b"<>\"#%{}|\\^~[]`'".contains(&byte);
    let octet = |byte: u8| {
        if unsafe_one(byte) { format!("%{byte:02X}") } else { char::from(byte).to_string() }
    };
    text.bytes().map(octet).collect()
}

fn configuration(folder: &Path, login: bool, port: u16) -> String {
    let folder = folder.display();
    let access = if login {
        format!(
            "auth_param basic program /bin/sh {folder}/helper.sh
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
http_access allow known"
        )
    } else {
        "http_access allow all".to_owned()
    };
    format!(
        "http_port 127.0.0.1:{port}
visible_hostname proxy.test
{access}
http_access deny all
cache deny all
logformat facts %>Hs %rm %ru %un
access_log stdio:{folder}/logs/access.log logformat=facts
buffered_logs off
cache_log {folder}/logs/cache.log
pid_filename none
coredump_dir none
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
"
    )
}
