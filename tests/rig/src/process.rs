//! A child process that never outlives this one: not after a panic, not after SIGKILL, not after Ctrl-C.
//!
//! Each runs under a small `sh` whose input is a pipe from this process. When the pipe closes, which the kernel does
//! however this process ends, the `sh` kills its process group.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::scratch::outliving;

/// How often a stopped program is polled for threads that still run, and the pause between two polls.
const MOST_LOOKS: u32 = 10_000;
const LOOK_PAUSE: Duration = Duration::from_millis(1);

/// `exec` takes the pipe to descriptor 3, as a background job of `sh` gets no input of its own.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
"$@" >&2 3<&- &
child=$!
echo "$child"
exec >/dev/null
{ read -r _ <&3; kill -KILL 0; } &
watch=$!
exec 3<&-
wait "$child"
status=$?
kill -KILL "$watch"
exit "$status"
"#;

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The binary.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment variables in addition to the inherited ones.
    pub env: Vec<(String, String)>,
    /// The file that its output and its errors are appended to.
    pub log: PathBuf,
}

/// A running child process. Dropping it kills it and waits until it is gone.
#[derive(Debug)]
pub struct Process {
    supervisor: Child,
    child: Pid,
}

impl Process {
    /// Starts the program.
    ///
    /// # Errors
    /// If the log cannot be opened or `sh` cannot be started. A program that is not there ends with status 127.
    pub fn start(program: &Program) -> io::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(&program.log)?;
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISOR, "supervisor"]).arg(&program.path).args(&program.args);
        command.envs(program.env.iter().map(|(name, value)| (name, value)));
        let mut supervisor = outliving(&mut command).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        if let Some(output) = supervisor.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let child = line.trim().parse().ok().and_then(Pid::from_raw);
        let child =
            child.ok_or_else(|| io::Error::other("sh did not print the id of its child"))?;
        Ok(Self { supervisor, child })
    }

    /// The process id of the program itself.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.child.as_raw_nonzero().get()
    }

    /// How the program ended; `None` while it runs. A death by signal N reads as status 128 + N.
    ///
    /// # Errors
    /// Returns an error if the operating system cannot report it.
    pub fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.supervisor.try_wait()
    }

    /// Stops the program in its tracks (SIGSTOP): its connections stay open and unanswered. Returns when
    /// all of its threads are stopped, which on a busy machine is a moment after the signal.
    ///
    /// # Errors
    /// Returns an error if the program has ended, or does not stop in time.
    pub fn freeze(&mut self) -> io::Result<()> {
        self.signal(Signal::STOP)?;
        for _ in 0..MOST_LOOKS {
            if is_stopped(self.child.as_raw_nonzero().get())? {
                return Ok(());
            }
            thread::sleep(LOOK_PAUSE);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the process goes on"))
    }

    /// Lets a frozen program go on.
    ///
    /// # Errors
    /// If the program has ended.
    pub fn thaw(&mut self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks the program to end (SIGTERM).
    ///
    /// # Errors
    /// If the program has ended.
    pub fn ask_to_end(&mut self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Kills the program and what it started, and waits until they are gone.
    pub fn kill(&mut self) {
        // The group's id cannot have passed to another process as long as the supervisor is not waited for.
        if matches!(self.supervisor.try_wait(), Ok(None)) {
            let _ = rustix::process::kill_process_group(
                Pid::from_child(&self.supervisor),
                Signal::KILL,
            );
            let _ = self.supervisor.wait();
        }
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        if let Some(status) = self.exit_status()? {
            return Err(io::Error::other(format!("the process has ended: {status}")));
        }
        Ok(rustix::process::kill_process(self.child, signal)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether each thread of a process is stopped (`proc_pid_stat(5)`, field 3).
fn is_stopped(id: i32) -> io::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread that has ended is stopped.
        let stat = fs::read_to_string(thread?.path().join("stat")).unwrap_or_default();
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        if !matches!(state, None | Some('T' | 't' | 'Z' | 'X')) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The last `lines` lines of a log; empty if there is none.
#[must_use]
pub fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests;
