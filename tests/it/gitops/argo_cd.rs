//! The health check for Argo CD, run by its interpreter.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::states::states;
use crate::docs::{blocks, path, read};

const SCRIPT: &str = "docs/gitops/argo-cd-health.lua";

/// The healths that Argo CD knows
/// (<https://argo-cd.readthedocs.io/en/stable/operator-manual/health/>).
const HEALTHS: [&str; 6] =
    ["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"];

/// The health of each object, and what is said of it.
pub fn healths(objects: &[Value]) -> Vec<(String, String)> {
    let program = env::var_os("CONNECTION_OPERATOR_ARGOCD_HEALTH");
    let program = program.expect("run `make setup`, then `eval \"$(make -s env)\"` in this shell");
    let mut child = Command::new(program)
        .arg(path(SCRIPT))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(Value::from(objects).to_string().as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    let healths: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |health: &Value, key: &str| health[key].as_str().unwrap_or_default().to_owned();
    healths
        .iter()
        .map(|health| {
            assert_eq!(text(health, "error"), "", "the script runs");
            (text(health, "status"), text(health, "message"))
        })
        .collect()
}

#[test]
fn each_state_has_its_health_in_argo_cd() {
    let states = states();
    let objects: Vec<_> = states.iter().map(super::states::State::object).collect();
    let healths = healths(&objects);
    assert_eq!(healths.len(), states.len());
    for (state, (health, message)) in states.iter().zip(healths) {
        assert_eq!(health, state.argo, "{state:?}");
        assert!(!message.is_empty(), "{state:?} has no message");
        assert!(HEALTHS.contains(&health.as_str()));
    }
}

#[test]
fn the_page_shows_the_script_verbatim() {
    let page: Value =
        serde_saphyr::from_str(&blocks::in_language("docs/gitops/argo-cd.md", "yaml")[0])
            .expect("the first block is YAML");
    let key = "resource.customizations.health.connection-operator.io_Connection";
    assert_eq!(page["data"][key].as_str(), Some(read(SCRIPT).as_str()));
}
