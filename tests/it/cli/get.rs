//! `get`.

use rig::simulator::behavior::Behavior;

use super::plugin::{Plugin, run};
use crate::controller::lifecycle::{jwt, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_durations_and_can_be_filtered() {
    let (scene, simulator) = open("cli-get").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    let plugin = Plugin::as_admin(&scene);
    let output = plugin.run(&["get"]).await;
    assert_eq!((output.code, output.stdout.as_str()), (0, ""), "{output:?}");
    assert!(output.stderr.contains("No Connections found in namespace"), "{output:?}");

    scene.apply("crm", jwt(&simulator)).await;
    scene.apply("erp", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    scene.until_issued("erp").await;
    let labels = serde_json::json!({ "metadata": { "labels": { "team": "sales" } } });
    scene.change("crm", labels).await;
    let text = plugin.stdout(0, &["get"]).await;
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        lines[0],
        ["NAME", "READY", "REASON", "FLOW", "EXPIRES-IN", "NEXT", "SECRET", "AGE"]
    );
    assert_eq!(lines[1][..4], ["crm", "True", "TokenIssued", "JWT"]);
    assert!(["59m", "60m"].contains(&lines[1][4]), "{text}");
    assert_eq!(lines.len(), 3, "{text}");

    for (arguments, names) in [
        (&["get", "-l", "team=sales"][..], vec!["crm"]),
        (&["get", "erp"], vec!["erp"]),
        (&["get", "-A", "-l", "team=sales"], vec!["crm"]),
    ] {
        let rows = plugin.json(0, arguments).await;
        let here = |row: &&serde_json::Value| row["namespace"] == scene.namespace.name();
        let found: Vec<_> =
            rows.as_array().unwrap().iter().filter(here).map(|row| row["name"].clone()).collect();
        assert_eq!(found, names, "{arguments:?}");
    }
    let output = plugin.run(&["get", "missing"]).await;
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("Connection `missing` not found in namespace"), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_cluster_is_an_error_of_one_line_with_its_remedy() {
    let unreachable = r#"{ "apiVersion": "v1", "kind": "Config", "current-context": "a",
        "clusters": [{ "name": "a", "cluster": { "server": "https://127.0.0.1:1" } }],
        "users": [{ "name": "a", "user": {} }],
        "contexts": [{ "name": "a", "context": { "cluster": "a", "user": "a" } }] }"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, unreachable).unwrap();
    let file = path.display().to_string();
    for (arguments, expected) in [
        (vec!["get", "--kubeconfig", &file], "check the server address in the kubeconfig"),
        (vec!["get", "--kubeconfig", "/missing"], "cannot load kubeconfig: "),
        (
            vec!["get", "--kubeconfig", &file, "--context", "b"],
            "set --kubeconfig or KUBECONFIG, and --context",
        ),
        (vec!["get"], "cannot load kubeconfig: "),
    ] {
        let output = run(&arguments, None, "").await;
        assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{output:?}");
        assert!(output.stderr.contains(expected), "{output:?}");
    }
    let output = run(&["bet"], None, "").await;
    assert_eq!(output.code, 1, "2 means missing consent: {output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credential_plugins_are_supported() {
    let (scene, _simulator) = open("cli-exec").await;
    let limited = Plugin::with_permissions(
        &scene,
        "lister",
        &[("connection-operator.io", "connections", &["list"])],
    )
    .await;
    let text = std::fs::read_to_string(limited.kubeconfig()).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = config["users"][0]["user"]["token"].take();
    let credential = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": { "token": token },
    });
    config["users"][0]["user"] = serde_json::json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "printf",
        "args": ["%s", credential.to_string()], "interactiveMode": "Never" } });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, config.to_string()).unwrap();
    let output = run(&["get", "-n", scene.namespace.name()], Some(&path), "").await;
    assert_eq!(output.code, 0, "{output:?}");
}
