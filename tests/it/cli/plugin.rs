//! Runs the built plugin with a kubeconfig.

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

/// The result of a run.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Plugin {
    /// Runs the plugin as the admin of a scene's cluster.
    pub fn as_admin(scene: &Scene) -> Self {
        Self {
            kubeconfig: scene.stage.plane.kubeconfig().to_owned(),
            namespace: scene.namespace.name().to_owned(),
        }
    }

    /// Runs the plugin as a new service account of the scene's namespace with these permissions: API
    /// group, resource and verbs.
    pub async fn with_permissions(
        scene: &Scene,
        name: &str,
        permissions: &[(&str, &str, &[&str])],
    ) -> Self {
        let rules: Vec<Value> = permissions
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
        let kubeconfig = account.await.expect("the service account is created");
        Self { kubeconfig, namespace: namespace.to_owned() }
    }

    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Runs a verb in the namespace.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let arguments = [arguments, &["-n", &self.namespace]].concat();
        run(&arguments, Some(&self.kubeconfig), "").await
    }

    /// Runs a verb, expects this exit code, and returns its standard output.
    pub async fn stdout(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.code, code, "{arguments:?}: {output:?}");
        output.stdout
    }

    /// Runs a verb with `-o json`, and expects this exit code.
    pub async fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let text = self.stdout(code, &[arguments, &["-o", "json"]].concat()).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Runs the plugin with these arguments.
pub async fn run(arguments: &[&str], kubeconfig: Option<&Path>, input: &str) -> Output {
    let mut command = Command::new(crate::plugin_program::plugin_program());
    command.args(arguments).env_remove("KUBECONFIG");
    // Without a kubeconfig of this machine.
    command.env("HOME", std::env::temp_dir().join("missing"));
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().expect("the plugin starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    // Ignore: a verb that does not read its input may exit first.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.expect("the plugin ends");
    Output {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
