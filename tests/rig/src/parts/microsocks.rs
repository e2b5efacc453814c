//! microsocks, a SOCKS5 server (RFC 1928) that can demand user and password (RFC 1929).

use std::fs;
use std::io;

use crate::parts::{Login, daemon};
use crate::process::{Process, Program};
use crate::scratch::Scratch;

const REMEDY: &str = "install microsocks (Debian: microsocks)";

/// A running microsocks. Dropping it ends it.
#[derive(Debug)]
pub struct Microsocks {
    _process: Process,
    port: u16,
    folder: Scratch,
}

impl Microsocks {
    /// Starts one, for anybody or for one user, and waits until it listens.
    ///
    /// # Errors
    /// Where microsocks is missing or does not start, with what it wrote.
    pub fn start(login: Option<&Login>) -> io::Result<Self> {
        let path = daemon::find("microsocks", REMEDY)?;
        let folder = Scratch::new("rig-microsocks-")?;
        let (process, ports) = daemon::start(1, |ports| {
            let port = ports[0].to_string();
            let mut args = vec!["-i", "127.0.0.1", "-p", &port];
            if let Some(login) = login {
                args.extend(["-u", &login.username, "-P", &login.password]);
            }
            Ok(Program {
                path: path.clone(),
                args: args.into_iter().map(str::to_owned).collect(),
                env: Vec::new(),
                log: folder.path().join("microsocks.log"),
            })
        })?;
        Ok(Self { _process: process, port: ports[0], folder })
    }

    /// If it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// One line a connection that was made, with the target as the client named it.
    #[must_use]
    pub fn connections(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("microsocks.log"));
        let log = log.unwrap_or_default();
        log.lines().filter(|line| line.contains("connected to")).map(str::to_owned).collect()
    }
}
