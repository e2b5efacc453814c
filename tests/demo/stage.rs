//! The control plane, the provider and the operator.

use std::time::Duration;

use rig::control_plane::ControlPlane;
use rig::harness::Harness;
use rig::operator_process::OperatorProcess;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::json;

use crate::failure::Failure;
use crate::progress::step;

/// How long the provider's tokens live, in seconds: short, so that there is something to see.
pub const TOKEN_LIFETIME: u16 = 20;

const NAMESPACE: &str = "connection-operator";
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
    let token = Behavior::token().lifetime(TOKEN_LIFETIME.into());
    provider.otherwise(token.field("instance_url", json!("https://crm.example.com")));
    Ok(provider)
}

/// Starts a control plane that knows Connections.
pub async fn control_plane() -> Result<ControlPlane, Failure> {
    Ok(Harness::control_plane().start().await?)
}

async fn operator(plane: &ControlPlane) -> Result<OperatorProcess, Failure> {
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    plane.apply(&namespace.to_string()).await?;
    let kubeconfig = Harness::account(plane, NAMESPACE, NAMESPACE).await?;
    let harness = Harness::new().map_err(Failure::io("looking for the operator"))?;
    // The demo's provider serves plain HTTP on this machine, which the operator denies otherwise.
    let started = harness.start_ready(&kubeconfig, &["--allow-loopback"], &[]).await;
    Ok(started.map_err(Failure::io("starting the operator"))?.process)
}
