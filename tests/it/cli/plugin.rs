//! Runs the plugin as kubectl runs it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::stage::Scene;

/// The plugin with a kubeconfig and a namespace.
pub struct Plugin {
    kubeconfig: PathBuf,
    namespace: String,
}

/// What the plugin said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Plugin {
    /// As the admin of a scene's cluster.
    pub fn of(scene: &Scene) -> Self {
        Self {
            kubeconfig: scene.stage.plane.kubeconfig().to_owned(),
            namespace: scene.namespace.name().to_owned(),
        }
    }

    /// As a service account of the scene's namespace that may do these things: pairs of a resource
    /// and its verbs.
    pub async fn limited(scene: &Scene, name: &str, rights: &[(&str, &str, &[&str])]) -> Self {
        let rules: Vec<Value> = rights
            .iter()
            .map(|(group, resource, verbs)| {
                serde_json::json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs })
            })
            .collect();
        let role = serde_json::json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": { "name": name }, "rules": rules,
        });
        let (namespace, role) = (scene.namespace.name(), role.to_string());
        let account = scene.stage.plane.service_account(namespace, name, &role);
        let kubeconfig = account.await.expect("the service account is made");
        Self { kubeconfig, namespace: namespace.to_owned() }
    }

    /// The kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Runs a verb in the namespace.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        let arguments = [arguments, &["-n", &self.namespace]].concat();
        run(&arguments, Some(&self.kubeconfig), "").await
    }

    /// Runs a verb that has to end with this code, and returns its answer.
    pub async fn answer(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.run(arguments).await;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.stdout
    }

    /// Runs a verb for its JSON.
    pub async fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let text = self.answer(code, &[arguments, &["-o", "json"]].concat()).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Runs the plugin with these words alone.
pub async fn run(arguments: &[&str], kubeconfig: Option<&Path>, input: &str) -> Said {
    let mut command = Command::new(crate::plugin_program::plugin_program());
    command.args(arguments).env_remove("KUBECONFIG");
    // None of this machine's own clusters.
    command.env("HOME", std::env::temp_dir().join("nobody"));
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().expect("the plugin starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    // One that does not read its input has said all it wants to say.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.expect("the plugin ends");
    Said {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
