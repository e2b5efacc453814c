//! Logs: the keys that are documented and no others, and lines that a machine can read.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use serde_json::{Map, Value, json};
use tempfile::tempdir;

use crate::docs::{path, read};
use crate::stage::Scene;

/// The keys that every line has.
const ALWAYS: [&str; 4] = ["timestamp", "level", "target", "message"];

fn documented() -> BTreeSet<String> {
    let page = read("docs/reference/logs.md");
    let section = page.split_once("\n## Keys\n").expect("a section on keys").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The arguments of each call of a logging macro.
fn calls(source: &str) -> Vec<&str> {
    let levels = ["error", "warn", "info", "debug", "trace"];
    let mut calls = Vec::new();
    for level in levels {
        for rest in source.split(&format!("tracing::{level}!(")).skip(1) {
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            calls.push(&rest[..end.expect("the call ends")]);
        }
    }
    calls
}

/// The keys that a call writes: the arguments before the message, its first string.
fn keys(call: &str) -> Vec<String> {
    let fields = call.split('"').next().unwrap_or_default();
    let mut depth = 0;
    let parts = fields.split(|c| {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        c == ',' && depth == 0
    });
    let key = |part: &str| {
        let name = part.split(" = ").next().unwrap_or_default();
        name.trim().trim_start_matches(['%', '?', '&']).to_owned()
    };
    parts.map(key).filter(|key| !key.is_empty()).collect()
}

fn sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let file = entry.expect("an entry").path();
        if file.is_dir() {
            found.extend(sources(&file));
        } else {
            found.push(fs::read_to_string(file).expect("a source can be read"));
        }
    }
    found
}

#[test]
fn the_keys_of_a_call_are_found() {
    let source = "x; tracing::warn!(namespace = one.of(1, 2), %error, ?step, attempt, \"a, b = c\"); tracing::info!(\"no (key)\");";
    let found: Vec<_> = calls(source).into_iter().map(keys).collect();
    assert_eq!(found, [vec!["namespace", "error", "step", "attempt"], vec![]]);
}

#[test]
fn the_keys_of_the_logs_are_documented() {
    let sources = [sources(&path("src")), sources(&path("crates/connection-client/src"))].concat();
    let calls = sources.iter().flat_map(|source| calls(source));
    let written: BTreeSet<_> = calls.flat_map(keys).collect();
    let documented = documented();
    assert!(written.len() > 8, "{written:?}");
    assert_eq!(written, documented, "docs/reference/logs.md lists the keys");
}

/// The lines that the operator has written itself.
fn own(log: &str) -> Vec<Map<String, Value>> {
    let parsed = |line: &str| match serde_json::from_str(line) {
        Ok(Value::Object(line)) => line,
        _ => panic!("not a JSON object: {line}"),
    };
    let is_own = |line: &Map<String, Value>| {
        line["target"].as_str().is_some_and(|target| target.starts_with("connection_operator"))
    };
    log.lines().map(parsed).filter(is_own).collect()
}

#[tokio::test]
async fn each_log_line_is_a_json_object_with_documented_keys() {
    let scene = Scene::open("logs").await;
    let simulator = Simulator::start().expect("the simulator starts");
    simulator.script(Matcher::client_id("refused"), Behavior::error(401, "invalid_client"));
    let secret = "a-client-secret-that-no-log-shows";
    scene.put_secret("client", &[("client_secret", secret.as_bytes())]).await;
    for name in ["good", "refused"] {
        let spec = json!({
            "flow": "ClientCredentials",
            "endpoints": { "token": simulator.token_endpoint() },
            "client": { "id": name, "secretRef": { "name": "client", "key": "client_secret" } },
        });
        scene.apply(name, spec).await;
    }
    scene.until_issued("good").await;
    scene.until("refused", "Ready", "False", "ClientRejected").await;

    let log = scene.stage.operator.process.log();
    // The last line may be half written.
    let lines = own(log.rsplit_once('\n').expect("lines").0);
    let documented = documented();
    for line in &lines {
        assert!(ALWAYS.iter().all(|key| line.contains_key(*key)), "{line:?}");
        for key in line.keys().filter(|key| !ALWAYS.contains(&key.as_str())) {
            assert!(documented.contains(key), "{key} is not documented: {line:?}");
        }
    }
    let about = |name: &str, message: &str| {
        let is_it = |line: &&Map<String, Value>| {
            line.get("namespace") == Some(&json!(scene.namespace.name()))
                && line.get("name") == Some(&json!(name))
                && line["message"] == message
        };
        lines.iter().find(is_it).unwrap_or_else(|| panic!("nothing said of {name}: {message}"))
    };
    let good = about("good", "token received");
    assert!(good.contains_key("expires_at") && good["level"] == "INFO", "{good:?}");
    let refused = about("refused", "step failed");
    assert_eq!((&refused["reason"], &refused["attempt"]), (&json!("ClientRejected"), &json!(1)));
    let mut canaries = simulator.secrets();
    canaries.push(secret.to_owned());
    scene.assert_no_leak(&canaries).await;
}

#[test]
fn the_exit_error_is_a_structured_log_line() {
    let folder = tempdir().expect("a folder");
    let kubeconfig = folder.path().join("kubeconfig");
    let silent = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "a",
        "clusters": [{ "name": "a", "cluster": { "server": "http://127.0.0.1:9" } }],
        "contexts": [{ "name": "a", "context": { "cluster": "a", "user": "a" } }],
        "users": [{ "name": "a", "user": {} }],
    });
    fs::write(&kubeconfig, silent.to_string()).expect("it is written");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let run = Command::new(env!("CARGO_BIN_EXE_connection-operator"))
        .args(["run", "--health-probe-bind-address", &address])
        .env("KUBECONFIG", &kubeconfig)
        .output()
        .expect("the operator starts");
    assert!(!run.status.success());
    let text = String::from_utf8_lossy(&run.stderr);
    let lines = own(&text);
    let last = lines.last().unwrap_or_else(|| panic!("no line: {text}"));
    assert_eq!(last["level"], "ERROR");
    assert!(
        last["error"].as_str().is_some_and(|error| error.contains("--health-probe-bind-address"))
    );
}
