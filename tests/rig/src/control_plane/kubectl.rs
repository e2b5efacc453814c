//! kubectl, as a person would use it.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::control_plane::{ControlPlane, Error};

/// What kubectl said.
#[derive(Clone, Debug)]
pub struct KubectlOutput {
    /// Whether it ended with status 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl ControlPlane {
    /// Runs kubectl as admin. A refusal is an output, not an error.
    ///
    /// # Errors
    /// Where kubectl cannot be started.
    pub async fn kubectl(&self, args: &[&str]) -> Result<KubectlOutput, Error> {
        self.kubectl_as(self.kubeconfig(), args, "").await
    }

    /// Runs kubectl with another kubeconfig and with `input` as its standard input.
    ///
    /// # Errors
    /// Where kubectl cannot be started.
    pub async fn kubectl_as(
        &self,
        kubeconfig: &Path,
        args: &[&str],
        input: &str,
    ) -> Result<KubectlOutput, Error> {
        let mut command = Command::new(&self.assets().kubectl);
        command.args(args).env("KUBECONFIG", kubeconfig);
        // Its own default is in the home folder.
        command.env("KUBECACHEDIR", self.folder().path().join("kubectl"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let run = async {
            let mut child = command.kill_on_drop(true).spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                // One that does not read its input has said all it wants to say.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            child.wait_with_output().await
        };
        let output = run.await.map_err(Error::io(format!("kubectl {}", args.join(" "))))?;
        Ok(KubectlOutput {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs kubectl as admin and returns what it printed.
    ///
    /// # Errors
    /// If kubectl cannot be started or exits with an error.
    pub async fn kubectl_ok(&self, args: &[&str], input: &str) -> Result<String, Error> {
        let output = self.kubectl_as(self.kubeconfig(), args, input).await?;
        if output.success {
            Ok(output.stdout)
        } else {
            Err(Error::Kubectl { args: args.join(" "), errors: output.stderr })
        }
    }
}
