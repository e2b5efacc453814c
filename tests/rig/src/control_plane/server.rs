//! One server of a control plane, and the faults that can be done to it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::control_plane::{Error, kubeconfig};
use crate::process::{Process, Program, tail};
use crate::wait;

const LOG_LINES: usize = 25;
const READY_WITHIN: Duration = Duration::from_mins(1);

/// How to see that a server does its work.
#[derive(Debug)]
pub(crate) enum Readiness {
    /// etcd's health page on this port.
    Etcd(u16),
    /// The API server's `/readyz`, asked with this kubeconfig.
    ApiServer(PathBuf),
    /// It runs.
    Running,
}

/// etcd, kube-apiserver or kube-controller-manager. Faults act at once and on this server alone.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    program: Program,
    readiness: Readiness,
    process: Mutex<Option<Process>>,
}

impl Server {
    pub(crate) fn start(
        name: &'static str,
        program: Program,
        readiness: Readiness,
    ) -> Result<Self, Error> {
        let server = Self { name, program, readiness, process: Mutex::new(None) };
        server.launch()?;
        Ok(server)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The file with all that it wrote, over restarts.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.program.log
    }

    /// Its process id; `None` if it has been killed.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        self.process().as_ref().map(Process::id)
    }

    /// Stops it in its tracks (SIGSTOP): connections stay open and unanswered.
    ///
    /// # Errors
    /// If the program is not running.
    pub fn freeze(&self) -> Result<(), Error> {
        self.act("freezing", Process::freeze)
    }

    /// Lets it go on after [`Server::freeze`].
    ///
    /// # Errors
    /// If the program is not running.
    pub fn thaw(&self) -> Result<(), Error> {
        self.act("thawing", Process::thaw)
    }

    /// Kills it (SIGKILL) and returns when it is gone; connections are refused from then on.
    pub fn kill(&self) {
        self.process().take();
    }

    /// Kills it if it runs, starts it again with the same port and data, and waits until it is ready.
    ///
    /// # Errors
    /// If it cannot be started or does not get ready.
    pub async fn restart(&self) -> Result<(), Error> {
        self.kill();
        self.launch()?;
        self.ready().await
    }

    /// Waits until it does its work.
    ///
    /// # Errors
    /// If it ends, or is not ready within a minute; with the end of its log.
    pub async fn ready(&self) -> Result<(), Error> {
        let what = format!("{} to be ready", self.name);
        let settled = wait::try_until(READY_WITHIN, &what, async || match self.ended() {
            Some(status) => Ok(Err(status)),
            None => self.probe().await.map(Ok),
        });
        match settled.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => {
                Err(Error::Ended { program: self.name, status, log: self.log_tail() })
            }
            Err(timed_out) => {
                Err(Error::NotReady { program: self.name, timed_out, log: self.log_tail() })
            }
        }
    }

    fn launch(&self) -> Result<(), Error> {
        let process = Process::start(&self.program);
        let process = process.map_err(Error::io(format!("starting {}", self.name)))?;
        *self.process() = Some(process);
        Ok(())
    }

    /// How it ended; `None` while it runs.
    fn ended(&self) -> Option<String> {
        match self.process().as_mut().map(Process::exit_status) {
            None => Some("killed".to_owned()),
            Some(Ok(None)) => None,
            Some(Ok(Some(status))) => Some(status.to_string()),
            Some(Err(error)) => Some(error.to_string()),
        }
    }

    async fn probe(&self) -> Result<(), String> {
        match &self.readiness {
            Readiness::Etcd(port) => etcd_health(*port).await.map_err(|error| error.to_string()),
            Readiness::ApiServer(path) => api_server_readiness(path).await,
            Readiness::Running => Ok(()),
        }
    }

    fn act(
        &self,
        what: &str,
        action: impl FnOnce(&mut Process) -> io::Result<()>,
    ) -> Result<(), Error> {
        let killed = || Err(io::Error::other("it has been killed"));
        let done = self.process().as_mut().map_or_else(killed, action);
        done.map_err(Error::io(format!("{what} {}", self.name)))
    }

    fn log_tail(&self) -> String {
        tail(&self.program.log, LOG_LINES)
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn etcd_health(port: u16) -> io::Result<()> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
    connection.write_all(b"GET /health HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let healthy = answer.contains(r#""health":"true""#);
    if healthy { Ok(()) } else { Err(io::Error::other("its health page does not say healthy")) }
}

async fn api_server_readiness(path: &Path) -> Result<(), String> {
    let client = kubeconfig::client(path).await.map_err(|error| error.to_string())?;
    let request = http::Request::get("/readyz").body(Vec::new());
    let request = request.map_err(|error| error.to_string())?;
    client.request_text(request).await.map(|_| ()).map_err(|error| error.to_string())
}
