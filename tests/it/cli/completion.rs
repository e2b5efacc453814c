//! `completion`: the candidates, and the scripts in their shells.

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
async fn names_are_read_from_the_selected_cluster() {
    let (scene, _simulator) = scene("cli-complete").await;
    let plugin = Plugin::as_admin(&scene);
    let namespace = scene.namespace.name();
    let candidates = async |words: &[&str]| {
        let output = run(&[&["__complete"], words].concat(), Some(plugin.kubeconfig()), "").await;
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{words:?}: {output:?}");
        output.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(candidates(&["status", "-n", namespace, "cr"]).await, ["crm", "crm-test", ":4"]);
    assert_eq!(
        candidates(&["renew", "crm", "-n", namespace, ""]).await,
        ["crm-test", "erp", ":4"],
        "a given name is not a candidate"
    );
    assert!(candidates(&["get", "-n", ""]).await.contains(&namespace.to_owned()));
    assert_eq!(candidates(&["get", "--context", ""]).await, ["rig", ":4"]);
    assert_eq!(candidates(&["get", "--cluster", "r"]).await, ["rig", ":4"]);
    assert_eq!(candidates(&["get", "--user", ""]).await, ["admin", ":4"]);
    assert_eq!(candidates(&["lint", "-f", ""]).await, [":0"]);
    let verbs = candidates(&[""]).await;
    assert!(
        verbs.iter().any(|verb| verb.starts_with("status\tShow the state of a Connection")),
        "{verbs:?}"
    );
    assert!(!verbs.iter().any(|verb| verb.contains("__")), "{verbs:?}");

    let output = run(&["__complete", "status", ""], Some(Path::new("/nowhere")), "").await;
    assert_eq!((output.code, output.stdout.trim(), output.stderr.trim()), (0, ":4", ""));
}

/// A folder with the plugin and the completion script for kubectl.
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

async fn run_program(
    program: PathBuf,
    arguments: &[&str],
    folder: &Path,
    kubeconfig: &Path,
) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path_with(folder)).env("KUBECONFIG", kubeconfig);
    command.env("HOME", folder);
    let output = command.output().await.expect("the program starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_runs_the_plugin_and_completes_it() {
    let (scene, _simulator) = scene("cli-kubectl").await;
    let plugin = Plugin::as_admin(&scene);
    let folder = folder().await;
    let kubectl = scene.stage.plane.kubectl_program().to_owned();
    let namespace = scene.namespace.name();
    let words = ["__complete", "connection", "status", "-n", namespace, "cr"];
    let output = run_program(kubectl.clone(), &words, folder.path(), plugin.kubeconfig()).await;
    assert!(output.starts_with("crm\ncrm-test\n:4"), "{output}");
    let output = run_program(
        kubectl,
        &["connection", "get", "crm", "-n", namespace],
        folder.path(),
        plugin.kubeconfig(),
    )
    .await;
    assert!(output.contains("crm ") && output.contains("Suspended"), "{output}");
}

/// Scripts that source the completion script, complete a line, and print the candidates.
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
    let plugin = Plugin::as_admin(&scene);
    let folder = folder().await;
    for (shell, text) in SHELLS {
        let text = text.replace("NAMESPACE", scene.namespace.name());
        let output =
            run_program(PathBuf::from(shell), &["-c", &text], folder.path(), plugin.kubeconfig())
                .await;
        assert_eq!(
            output.lines().map(str::trim).collect::<Vec<_>>(),
            ["crm", "crm-test"],
            "{shell}"
        );
    }
}
