//! Completion: what the plugin offers, and the scripts in the shells that they are for.

use std::path::{Path, PathBuf};

use rig::simulator::Simulator;
use tokio::process::Command;

use super::plugin::{Plugin, run};
use crate::controller::lifecycle::jwt;
use crate::stage::Scene;

async fn scene(prefix: &str) -> (Scene, Simulator) {
    let scene = Scene::open(prefix).await;
    let simulator = Simulator::start().unwrap();
    for name in ["crm", "crm-test", "erp"] {
        let mut spec = jwt(&simulator);
        spec["suspend"] = true.into();
        scene.apply(name, spec).await;
    }
    (scene, simulator)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_come_from_the_cluster_that_the_line_names() {
    let (scene, _simulator) = scene("cli-complete").await;
    let plugin = Plugin::of(&scene);
    let namespace = scene.namespace.name();
    let offered = async |words: &[&str]| {
        let said = run(&[&["__complete"], words].concat(), Some(plugin.kubeconfig()), "").await;
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{words:?}: {said:?}");
        said.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(offered(&["status", "-n", namespace, "cr"]).await, ["crm", "crm-test", ":4"]);
    assert_eq!(
        offered(&["renew", "crm", "-n", namespace, ""]).await,
        ["crm-test", "erp", ":4"],
        "what is given is not offered again"
    );
    assert!(offered(&["get", "-n", ""]).await.contains(&namespace.to_owned()));
    assert_eq!(offered(&["get", "--context", ""]).await, ["rig", ":4"]);
    assert_eq!(offered(&["get", "--cluster", "r"]).await, ["rig", ":4"]);
    assert_eq!(offered(&["get", "--user", ""]).await, ["admin", ":4"]);
    assert_eq!(offered(&["lint", "-f", ""]).await, [":0"]);
    let verbs = offered(&[""]).await;
    assert!(verbs.iter().any(|verb| verb.starts_with("status\tShow a Connection")), "{verbs:?}");
    assert!(!verbs.iter().any(|verb| verb.contains("__")), "{verbs:?}");

    let nowhere = run(&["__complete", "status", ""], Some(Path::new("/nowhere")), "").await;
    assert_eq!((nowhere.code, nowhere.stdout.trim(), nowhere.stderr.trim()), (0, ":4", ""));
}

/// A folder with the plugin and the script that kubectl looks for.
async fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let binary = crate::plugin_program::plugin_program();
    symlink(binary, folder.path().join("kubectl-connection")).unwrap();
    let script = run(&["completion", "kubectl"], None, "").await.stdout;
    let path = folder.path().join("kubectl_complete-connection");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

async fn output(program: PathBuf, arguments: &[&str], folder: &Path, kubeconfig: &Path) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path_with(folder)).env("KUBECONFIG", kubeconfig);
    command.env("HOME", folder);
    let output = command.output().await.expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_runs_the_plugin_and_completes_it() {
    let (scene, _simulator) = scene("cli-kubectl").await;
    let plugin = Plugin::of(&scene);
    let folder = folder().await;
    let kubectl = scene.stage.plane.kubectl_program().to_owned();
    let namespace = scene.namespace.name();
    let words = ["__complete", "connection", "status", "-n", namespace, "cr"];
    let said = output(kubectl.clone(), &words, folder.path(), plugin.kubeconfig()).await;
    assert!(said.starts_with("crm\ncrm-test\n:4"), "{said}");
    let said = output(
        kubectl,
        &["connection", "get", "crm", "-n", namespace],
        folder.path(),
        plugin.kubeconfig(),
    )
    .await;
    assert!(said.contains("crm ") && said.contains("Suspended"), "{said}");
}

/// A script that sources the plugin's, completes a line, and prints what is offered.
const SHELLS: [(&str, &str); 3] = [
    (
        "bash",
        "source <(kubectl-connection completion bash)
         COMP_WORDS=(kubectl-connection status -n NAMESPACE cr); COMP_CWORD=4
         _kubectl_connection; printf '%s\\n' \"${COMPREPLY[@]}\"",
    ),
    (
        "zsh",
        "compdef() { }; _describe() { print -l -- ${(P)2}; }; _files() { print files; }
         source <(kubectl-connection completion zsh)
         words=(kubectl-connection status -n NAMESPACE cr); CURRENT=5
         _kubectl_connection",
    ),
    (
        "fish",
        "kubectl-connection completion fish | source
         complete -C 'kubectl-connection status -n NAMESPACE cr'",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_complete_in_their_shells() {
    let (scene, _simulator) = scene("cli-shells").await;
    let plugin = Plugin::of(&scene);
    let folder = folder().await;
    for (shell, text) in SHELLS {
        let text = text.replace("NAMESPACE", scene.namespace.name());
        let said =
            output(PathBuf::from(shell), &["-c", &text], folder.path(), plugin.kubeconfig()).await;
        assert_eq!(said.lines().map(str::trim).collect::<Vec<_>>(), ["crm", "crm-test"], "{shell}");
    }
}
