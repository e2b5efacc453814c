//! The product under test, as the tests, the demo and the benchmark start it: a control plane with
//! the CRD, a service account with the chart's role, and the operator that was built with them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::control_plane::{Builder, ControlPlane, Error};
use crate::operator_process::OperatorProcess;
use crate::servers::loopback;
use crate::wait;

/// The custom resource definitions of the repository.
pub const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crds");

/// The role of the chart for everything but Secrets of other namespaces and the Lease.
pub const ROLE: &str = include_str!("../../../charts/connection-operator/files/role.yaml");

/// The role of the chart for the Lease.
pub const LEASE_ROLE: &str =
    include_str!("../../../charts/connection-operator/files/lease-role.yaml");

/// How long an operator may take to serve its health, and then to be ready.
const STARTED_WITHIN: Duration = Duration::from_mins(2);

/// What an operator of this repository is started with.
#[derive(Clone, Debug)]
pub struct Harness {
    binary: PathBuf,
}

/// An operator and the address of its health server.
#[derive(Debug)]
pub struct Operator {
    pub process: OperatorProcess,
    pub address: String,
}

impl Harness {
    /// The operator that was built along with this test, example or benchmark.
    ///
    /// # Errors
    ///
    /// Returns an error if it is missing; `cargo build --bins` builds it.
    pub fn new() -> io::Result<Self> {
        Ok(Self { binary: OperatorProcess::built_binary()? })
    }

    /// Another program that takes the operator's arguments.
    pub fn with_binary(binary: PathBuf) -> Self {
        Self { binary }
    }

    /// A control plane that serves Connections.
    pub fn control_plane() -> Builder {
        ControlPlane::builder().crds(CRDS)
    }

    /// The kubeconfig of a new service account with the chart's role.
    ///
    /// # Errors
    ///
    /// Returns an error if the API server rejects the account.
    pub async fn account(
        plane: &ControlPlane,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf, Error> {
        plane.service_account(namespace, name, ROLE).await
    }

    /// Starts an operator on a free port and waits until its health server listens.
    ///
    /// # Errors
    ///
    /// Returns an error, with the end of its log, if the operator ends or does not listen in time.
    pub async fn start(
        &self,
        kubeconfig: &Path,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) -> io::Result<Operator> {
        let fixed = ["run", "--health-probe-bind-address", "127.0.0.1:0"];
        let arguments: Vec<_> =
            fixed.iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
        let mut env: Vec<_> =
            env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        env.push(("KUBECONFIG".to_owned(), kubeconfig.display().to_string()));
        let process = OperatorProcess::start(&self.binary, &arguments, &env)?;
        let address = process.find_in_log(STARTED_WITHIN, "the health server's address", |line| {
            let rest = line.split_once("\"address\":\"")?.1;
            Some(rest.split_once('"')?.0.to_owned())
        });
        let address = address.await?;
        Ok(Operator { process, address })
    }

    /// As [`start`](Self::start), and waits until the operator is ready.
    ///
    /// # Errors
    ///
    /// Returns an error if the operator does not become ready in time.
    pub async fn start_ready(
        &self,
        kubeconfig: &Path,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) -> io::Result<Operator> {
        let operator = self.start(kubeconfig, arguments, env).await?;
        operator.until_ready().await?;
        Ok(operator)
    }
}

impl Operator {
    /// Waits until `/readyz` responds with 200.
    ///
    /// # Errors
    ///
    /// Returns an error if that takes longer than 2 minutes.
    pub async fn until_ready(&self) -> io::Result<()> {
        let ready =
            wait::try_until(STARTED_WITHIN, "the operator to be ready", async || {
                match self.try_get("/readyz") {
                    Ok((200, _)) => Ok(()),
                    Ok((status, text)) => Err(format!("HTTP {status}: {text}")),
                    Err(error) => Err(error.to_string()),
                }
            });
        ready.await.map_err(io::Error::other)
    }

    /// Status and text of a path of the health server.
    ///
    /// # Panics
    ///
    /// Panics if the operator does not respond.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.try_get(path).expect("the operator responds")
    }

    /// The sum of a metric over all series that have this label.
    ///
    /// # Panics
    ///
    /// Panics if the operator does not respond.
    pub fn metric(&self, name: &str, label: &str) -> f64 {
        let (_, page) = self.get("/metrics");
        let is_metric =
            |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        let value = |line: &str| line.rsplit(' ').next().and_then(|text| text.parse::<f64>().ok());
        page.lines().filter(|line| is_metric(line) && line.contains(label)).filter_map(value).sum()
    }

    fn try_get(&self, path: &str) -> io::Result<(u16, String)> {
        let response = loopback::get(&format!("http://{}{path}", self.address))?;
        Ok((response.status, String::from_utf8_lossy(&response.body).into_owned()))
    }
}
