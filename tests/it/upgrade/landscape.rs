//! A cluster with a release, a namespace with a Connection for each flow, and their provider.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use rig::control_plane::{ControlPlane, Namespace};
use rig::scratch::Scratch;
use rig::simulator::Simulator;
use rig::simulator::grants::settings::{Client, Settings};
use rig::wait;
use serde_json::{Value, json};

use crate::chart::accounts;
use crate::chart::helm::{CHART, helm};
use crate::consent::user::{CLIENT, CLIENT_SECRET};
use crate::stage::{Operator, Scene};

/// The namespace and the name of the release.
pub const RELEASE: &str = "connection-operator";

/// The Connections.
pub const NAMES: [&str; 5] = ["jwt", "asserted", "credentials", "mail", "other"];

/// Those that a person authorized: one keeps its grant when it goes, the other revokes it.
pub const AUTHORIZED: [&str; 2] = ["mail", "other"];

/// The token endpoint is part of what a token was made from, so the provider is always here.
const PROVIDER: &str = "127.0.0.1:18531";

/// How long a test may hold the provider's address.
const TURN: Duration = Duration::from_mins(5);

/// The provider, once no other test uses its port.
pub async fn provider(namespace: &str) -> Simulator {
    let address: SocketAddr = PROVIDER.parse().expect("an address");
    let simulator = wait::until(TURN, "the provider's address is free", async || {
        Simulator::start_at(address).map_err(|error| error.to_string())
    })
    .await;
    let [mail, other] =
        AUTHORIZED.map(|name| format!("http://127.0.0.1:8000/callback/{namespace}/{name}"));
    let client = Client::new(CLIENT, CLIENT_SECRET, &mail).redirect_uri(&other);
    simulator.grant_codes(Settings::new(client));
    simulator
}

/// An API server that nothing is installed on, until the process ends.
pub async fn cluster() -> &'static ControlPlane {
    let plane = ControlPlane::builder().controller_manager(false).start().await;
    Box::leak(Box::new(plane.expect("the control plane starts")))
}

/// Values with which the operator may talk to the provider of a test.
fn values() -> Value {
    json!({ "extraArgs": ["--allow-loopback"] })
}

/// Installs what a release rendered, as the chart of a release that helm knows.
pub fn install_recorded(plane: &ControlPlane, version: &str, rendered: &str) {
    let folder = Scratch::new("connection-operator-recorded-chart-").expect("a folder");
    let chart = folder.path();
    let number = version.trim_start_matches('v');
    let about = format!("apiVersion: v2\nname: {RELEASE}\nversion: {number}\n");
    fs::write(chart.join("Chart.yaml"), about).expect("it is written");
    fs::create_dir(chart.join("templates")).expect("a folder");
    let template = rendered.replace("{{", "{{ \"{{\" }}");
    fs::write(chart.join("templates/all.yaml"), template).expect("it is written");
    let chart = chart.to_str().expect("a path");
    let install = ["install", RELEASE, chart, "--namespace", RELEASE, "--create-namespace"];
    helm(Some(plane.kubeconfig()), &install, &Value::Null).printed();
}

/// Installs today's chart, or upgrades to it.
pub fn install_present(plane: &ControlPlane) {
    let verb = ["upgrade", "--install", RELEASE, CHART, "--namespace", RELEASE];
    let how = ["--create-namespace", "--reset-then-reuse-values", "--values", "-"];
    helm(Some(plane.kubeconfig()), &[&verb[..], &how].concat(), &values()).printed();
}

/// A namespace that is enrolled.
pub async fn tenant(plane: &ControlPlane) -> Namespace {
    let namespace = plane.namespace("tenant").await.expect("a namespace");
    let account = format!("--serviceaccount={RELEASE}:{RELEASE}");
    let name = "connection-operator-secrets";
    let role = format!("--clusterrole={name}");
    let enroll = ["create", "rolebinding", name, "-n", namespace.name(), &role, &account];
    plane.kubectl_ok(&enroll, "").await.expect("the namespace is enrolled");
    namespace
}

/// Starts today's operator as today's chart does.
pub async fn start(plane: &'static ControlPlane, tenant: Namespace) -> Scene {
    let operator: Operator = accounts::start(plane, RELEASE, tenant.name(), &values()).await;
    Scene::under(plane, tenant, operator).await
}
