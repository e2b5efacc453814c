//! The control plane, the provider and the operator.

use std::path::Path;
use std::time::Duration;

use rig::control_plane::ControlPlane;
use rig::operator_process::OperatorProcess;
use rig::servers::loopback;
use rig::simulator::Simulator;
use rig::simulator::behaviour::Behaviour;
use rig::wait;
use serde_json::json;

use crate::failure::Failure;
use crate::progress::step;

/// How long the provider's tokens live, in seconds: short, so that there is something to see.
pub const TOKEN_LIFETIME: u16 = 20;

const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
const ROLE: &str = include_str!("../../charts/connection-operator/files/role.yaml");
const NAMESPACE: &str = "connection-operator";
const OPERATOR_READY_WITHIN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(200);
const LOG_LINES: usize = 30;

/// Everything that runs. Dropped, it is stopped in the order of its fields.
pub struct Stage {
    pub operator: OperatorProcess,
    _provider: Simulator,
    pub plane: ControlPlane,
}

impl Stage {
    /// Starts the operator on a control plane.
    pub async fn start(provider: Simulator, plane: ControlPlane) -> Result<Self, Failure> {
        let what = "starting the operator as its own service account, with the role of the chart";
        let operator = step(what, operator(&plane)).await?;
        Ok(Self { operator, _provider: provider, plane })
    }

    /// Returns when the operator has ended by itself.
    pub async fn operator_ends(&self) -> Failure {
        loop {
            match self.operator.exit_status() {
                Ok(None) => tokio::time::sleep(LOOK).await,
                Ok(Some(status)) => {
                    return Failure::OperatorEnded {
                        status: status.to_string(),
                        log: self.log_tail(),
                    };
                }
                Err(error) => return Failure::io("looking after the operator")(error),
            }
        }
    }

    /// The failure of something that did not come in time.
    pub fn timed_out(&self, what: impl Into<String>, limit: Duration) -> Failure {
        Failure::TimedOut { what: what.into(), limit, log: self.log_tail() }
    }

    fn log_tail(&self) -> String {
        let log = self.operator.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

/// A provider that verifies every assertion and answers as a CRM would.
pub fn provider() -> Result<Simulator, Failure> {
    let provider = Simulator::start().map_err(Failure::io("starting the provider"))?;
    let token = Behaviour::token().lifetime(TOKEN_LIFETIME.into());
    provider.otherwise(token.field("instance_url", json!("https://crm.example.com")));
    Ok(provider)
}

/// Starts a control plane that knows Connections.
pub async fn control_plane() -> Result<ControlPlane, Failure> {
    Ok(ControlPlane::builder().crds(CRDS).start().await?)
}

async fn operator(plane: &ControlPlane) -> Result<OperatorProcess, Failure> {
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    plane.apply(&namespace.to_string()).await?;
    let kubeconfig = plane.service_account(NAMESPACE, NAMESPACE, ROLE).await?;
    let binary =
        OperatorProcess::built_binary().map_err(Failure::io("looking for the operator"))?;
    start(&binary, &kubeconfig).await.map_err(Failure::io("starting the operator"))
}

async fn start(binary: &Path, kubeconfig: &Path) -> std::io::Result<OperatorProcess> {
    // The demo's provider speaks plain HTTP on this machine, which the operator refuses otherwise.
    let arguments = ["run", "--allow-loopback", "--health-probe-bind-address", "127.0.0.1:0"];
    let environment = [("KUBECONFIG".to_owned(), kubeconfig.display().to_string())];
    let operator = OperatorProcess::start(binary, &arguments.map(str::to_owned), &environment)?;
    let what = "the address of the operator's health server";
    let address = operator.find_in_log(OPERATOR_READY_WITHIN, what, |line| {
        let rest = line.split_once("\"address\":\"")?.1;
        Some(rest.split_once('"')?.0.to_owned())
    });
    let url = format!("http://{}/readyz", address.await?);
    let ready = wait::try_until(OPERATOR_READY_WITHIN, "the operator to be ready", async || {
        let answer = loopback::get(&url).map_err(|error| error.to_string())?;
        if answer.status == 200 { Ok(()) } else { Err(format!("HTTP {}", answer.status)) }
    });
    ready.await.map_err(std::io::Error::other)?;
    Ok(operator)
}
