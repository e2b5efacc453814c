//! helm, as a person would use it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

pub const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/connection-operator");

/// What helm said.
pub struct Output {
    pub success: bool,
    pub text: String,
    pub errors: String,
}

impl Output {
    /// What it printed; it must have succeeded.
    pub fn printed(self) -> String {
        assert!(self.success, "helm refuses: {}", self.errors);
        self.text
    }

    /// What it complained of; it must have failed.
    pub fn refusal(self) -> String {
        assert!(!self.success, "helm accepts it: {}", self.text);
        self.errors
    }
}

/// Runs helm with values on its standard input, which `--values -` reads.
pub fn helm(kubeconfig: Option<&Path>, arguments: &[&str], values: &Value) -> Output {
    let program = std::env::var("CONNECTION_OPERATOR_HELM")
        .expect("CONNECTION_OPERATOR_HELM names helm: take the environment of `make env`");
    let home = std::env::temp_dir().join("connection-operator-helm");
    let mut child = Command::new(program)
        .args(arguments)
        .env("KUBECONFIG", kubeconfig.unwrap_or(Path::new("/dev/null")))
        .env("HELM_CACHE_HOME", &home)
        .env("HELM_CONFIG_HOME", &home)
        .env("HELM_DATA_HOME", &home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("helm starts");
    // One that does not read its input has said all it wants to say.
    let _ = child.stdin.take().expect("a pipe").write_all(values.to_string().as_bytes());
    let output = child.wait_with_output().expect("helm ends");
    Output {
        success: output.status.success(),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The chart as manifests, for a release `connection-operator`.
pub fn template(namespace: &str, values: &Value) -> Output {
    let release = ["template", "connection-operator", CHART, "--namespace", namespace];
    helm(None, &[&release[..], &["--values", "-"]].concat(), values)
}

/// The objects that the chart renders.
pub fn objects(namespace: &str, values: &Value) -> Vec<Value> {
    documents(&template(namespace, values).printed())
}

pub fn documents(text: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).expect("helm prints YAML");
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// The objects of a kind.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

/// The operator's container.
fn container(objects: &[Value]) -> &Value {
    let deployments = of_kind(objects, "Deployment");
    let [deployment] = deployments.as_slice() else { panic!("one Deployment: {deployments:?}") };
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

/// The arguments of the operator's container.
pub fn arguments(objects: &[Value]) -> Vec<String> {
    let arguments = &container(objects)["args"];
    serde_json::from_value(arguments.clone()).expect("arguments are texts")
}

/// The names of the variables that the operator's container has.
pub fn environment(objects: &[Value]) -> Vec<String> {
    let variables = container(objects)["env"].as_array().into_iter().flatten();
    variables.filter_map(|variable| variable["name"].as_str().map(str::to_owned)).collect()
}

/// The arguments of the operator's container as the stage runs them: it chooses its own addresses and
/// logs everything.
pub fn arguments_on_stage(objects: &[Value]) -> Vec<String> {
    let own = ["run", "--health-probe-bind-address", "--consent-bind-address", "--log-filter"];
    let mut rendered = arguments(objects);
    rendered.retain(|argument| !own.iter().any(|item| argument.starts_with(item)));
    rendered.push("--consent-bind-address=127.0.0.1:0".to_owned());
    rendered
}
