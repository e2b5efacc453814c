//! The operator under test, as a process of its own.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::process::{Process, Program, tail};
use crate::scratch::Scratch;
use crate::wait;

const LOG_LINES_OF_A_FAILED_TEST: usize = 60;

/// A running operator. Dropping it kills it; in a test that fails, the end of its log is printed then.
#[derive(Debug)]
pub struct OperatorProcess {
    process: Mutex<Process>,
    log: PathBuf,
    _folder: Scratch,
}

impl OperatorProcess {
    /// Starts the binary with these arguments and, in addition to the inherited ones, these environment variables
    /// (`KUBECONFIG` among them).
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(binary: &Path, args: &[String], env: &[(String, String)]) -> io::Result<Self> {
        let folder = Scratch::new("connection-operator-process-")?;
        let log = folder.path().join("operator.log");
        let program = Program {
            path: binary.to_owned(),
            args: args.to_vec(),
            env: env.to_vec(),
            log: log.clone(),
        };
        let process = Mutex::new(Process::start(&program)?);
        Ok(Self { process, log, _folder: folder })
    }

    /// The operator that was built along with this test, example or benchmark.
    ///
    /// # Errors
    /// If it is not there; `cargo build --bins` makes it.
    pub fn built_binary() -> io::Result<PathBuf> {
        let current = env::current_exe()?;
        // A test is in deps/, an example in examples/, the operator in the folder above.
        let binary = current
            .parent()
            .and_then(Path::parent)
            .map(|profile| profile.join("connection-operator"));
        binary.filter(|path| path.is_file()).ok_or_else(|| {
            let message = format!(
                "no connection-operator above {}: run `cargo build --bins`",
                current.display()
            );
            io::Error::new(io::ErrorKind::NotFound, message)
        })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.process().id()
    }

    /// How it ended; `None` while it runs.
    ///
    /// # Errors
    /// Returns an error if the operating system cannot report it.
    pub fn exit_status(&self) -> io::Result<Option<ExitStatus>> {
        self.process().exit_status()
    }

    /// Everything that it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits for a line of the log for which `find` returns a value, such as the line with a port.
    ///
    /// # Errors
    /// If it does not come within `limit`, or the operator ends before; with the end of its log.
    pub async fn find_in_log<T>(
        &self,
        limit: Duration,
        what: &str,
        find: impl Fn(&str) -> Option<T>,
    ) -> io::Result<T> {
        let found = wait::try_until(limit, what, async || {
            // Asked before the log is read, so that the last lines of one that ends are not missed.
            let ended = self.exit_status().map_err(|error| error.to_string())?;
            match (self.log().lines().find_map(&find), ended) {
                (Some(found), _) => Ok(Ok(found)),
                (None, Some(status)) => Ok(Err(format!("the operator has ended: {status}"))),
                (None, None) => Err("no such line in its log".to_owned()),
            }
        });
        let found = found.await.map_err(|timed_out| timed_out.to_string());
        found.flatten().map_err(|error| io::Error::other(format!("{error}\n{}", self.log_tail())))
    }

    /// Stops it in its tracks (SIGSTOP).
    ///
    /// # Errors
    /// If it has ended.
    pub fn freeze(&self) -> io::Result<()> {
        self.process().freeze()
    }

    /// Lets it go on after [`OperatorProcess::freeze`].
    ///
    /// # Errors
    /// If it has ended.
    pub fn thaw(&self) -> io::Result<()> {
        self.process().thaw()
    }

    /// Asks it to end (SIGTERM) and waits at most `limit`; then it is killed. Returns how it ended.
    ///
    /// # Errors
    /// If it had ended before, or does not end in time.
    pub async fn terminate(&self, limit: Duration) -> io::Result<ExitStatus> {
        self.process().ask_to_end()?;
        let ended = wait::try_until(limit, "the operator to end after SIGTERM", async || {
            let status = self.exit_status().map_err(|error| error.to_string())?;
            status.ok_or_else(|| "still running".to_owned())
        });
        let ended = ended.await;
        if ended.is_err() {
            self.kill();
        }
        ended.map_err(|timed_out| io::Error::new(io::ErrorKind::TimedOut, timed_out))
    }

    /// Kills it (SIGKILL) and returns when it is gone, as a node that loses power would.
    pub fn kill(&self) {
        self.process().kill();
    }

    fn log_tail(&self) -> String {
        tail(&self.log, LOG_LINES_OF_A_FAILED_TEST)
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OperatorProcess {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the end of the operator's log:\n{}", self.log_tail());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn start(script: &str) -> OperatorProcess {
        let args = ["-c".to_owned(), script.to_owned()];
        OperatorProcess::start(Path::new("/bin/sh"), &args, &[]).unwrap()
    }

    fn port(line: &str) -> Option<u16> {
        line.strip_prefix("port ")?.parse().ok()
    }

    #[tokio::test]
    async fn a_log_line_is_found_and_the_exit_is_clean() {
        let script = "trap 'exit 0' TERM; echo port 4711; while :; do sleep 0.05; done";
        let operator = start(script);
        assert_eq!(operator.find_in_log(LIMIT, "the port", port).await.unwrap(), 4711);
        assert!(operator.terminate(LIMIT).await.unwrap().success());
        assert_eq!(operator.log(), "port 4711\n");
    }

    #[tokio::test]
    async fn an_early_exit_is_reported_with_the_log() {
        let operator = start("echo no cluster here; exit 2");
        let error = operator.find_in_log(LIMIT, "the port", port).await.unwrap_err().to_string();
        assert!(error.contains("exit status: 2") && error.contains("no cluster here"), "{error}");
    }

    #[tokio::test]
    async fn an_operator_that_ignores_sigterm_is_killed() {
        let operator = start("trap '' TERM; echo port 1; while :; do sleep 0.05; done");
        operator.find_in_log(LIMIT, "the port", port).await.unwrap();
        let error = operator.terminate(Duration::from_millis(200)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(operator.exit_status().unwrap().is_some());
    }
}
