//! A server as a child process: configured and kept alive by its standard input.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;

use crate::servers::config::Config;
use crate::servers::ledger::Entry;
use crate::servers::loopback;
use crate::servers::records::Records;

/// How long a start may take: an interpreter on a busy machine.
const START: Duration = Duration::from_mins(1);

/// If a server listens, as it says in its first line of output.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    pub(super) issuer: String,
    pub(super) token_endpoint: String,
    ledger: String,
    records: Option<String>,
}

/// A running server. It is killed when this is dropped; when this process dies, its standard input
/// closes and it ends by itself.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(super) ready: Ready,
}

impl Process {
    /// Starts `command` and waits until it listens. `remedy` is what to do when it cannot start.
    pub(super) fn start(command: Command, config: &Config, remedy: &str) -> io::Result<Self> {
        started(command, config)
            .map_err(|error| io::Error::new(error.kind(), format!("{error}\n{remedy}")))
    }

    /// Everything that the server was asked until now.
    pub(super) fn ledger(&self) -> io::Result<Vec<Entry>> {
        let answer = loopback::get(&self.ready.ledger)?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Requests other than token requests; none if the server keeps no such records.
    pub(super) fn records(&self) -> io::Result<Records> {
        let Some(records) = &self.ready.records else { return Ok(Records::default()) };
        Ok(serde_json::from_slice(&loopback::get(records)?.body)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Closed first, so that a server which cannot be killed ends all the same.
        drop(self.stdin.take());
        // Either call fails only if the child has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder under `tests/servers`.
pub(super) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../servers").join(name)
}

fn started(mut command: Command, config: &Config) -> io::Result<Process> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("cannot run {program}: {error}")))?;
    match first_line(&mut child, config) {
        Ok((stdin, ready)) => Ok(Process { child, stdin: Some(stdin), ready }),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
}

fn first_line(child: &mut Child, config: &Config) -> io::Result<(ChildStdin, Ready)> {
    let (Some(mut stdin), Some(stdout), Some(mut stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("the server has no pipes"));
    };
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read is not shown; reading on keeps the server from blocking.
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let mut line = serde_json::to_vec(config)?;
    line.push(b'\n');
    let written = stdin.write_all(&line);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line).map(|_| line);
        let _ = sender.send(read);
    });
    let line = receiver
        .recv_timeout(START)
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no server after 60 s"))??;
    if let Ok(ready) = serde_json::from_str(&line) {
        return written.map(|()| (stdin, ready));
    }
    // Its standard error ends with it.
    let _ = child.kill();
    let text = errors.join().unwrap_or_default();
    Err(io::Error::other(format!("the server did not start; it wrote:\n{line}{text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a server ends by itself within 10 s of its standard input.
    fn ends_with_standard_input(mut process: Process) -> bool {
        drop(process.stdin.take());
        (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            process.child.try_wait().is_ok_and(|item| item.is_some())
        })
    }

    #[test]
    fn a_server_exits_when_its_parent_process_is_gone() {
        let config = Config::default();
        let servers =
            [crate::servers::authlib::command(), crate::servers::oidc_provider::command()];
        for command in servers {
            let process = Process::start(command, &config, "").expect("a server");
            assert!(ends_with_standard_input(process));
        }
    }
}
