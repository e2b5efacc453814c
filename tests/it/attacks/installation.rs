//! An installation with the chart's hardened values, on a plane of its own: its operator sees the
//! Connections of all namespaces.

use std::sync::Arc;

use rig::control_plane::ControlPlane;
use rig::simulator::Simulator;
use rig::wait;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::chart::helm::{CHART, arguments_on_stage, helm};
use crate::stage::{ACCOUNT, CRDS, SOON, Scene, Stage, start_operator_with};
use crate::web::site::PUBLIC;

const HARDENED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/charts/connection-operator/values-hardened.yaml");

/// The release, its namespace, and the beginning of the names of its roles.
const RELEASE: &str = "hardened";

/// The plane that the attacks share.
pub async fn plane() -> &'static ControlPlane {
    static PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
    let start = || ControlPlane::builder().controller_manager(false).crds(CRDS).start();
    PLANE.get_or_try_init(start).await.expect("the control plane starts")
}

/// The installation that the attacks share.
async fn stage() -> Arc<Stage> {
    static STAGE: OnceCell<Arc<Stage>> = OnceCell::const_new();
    Arc::clone(STAGE.get_or_init(|| async { start(plane().await).await }).await)
}

async fn start(plane: &'static ControlPlane) -> Arc<Stage> {
    // The tests' providers are on this machine: that alone is added to the hardened values.
    let values = json!({
        "fullnameOverride": RELEASE,
        "serviceAccount": { "name": ACCOUNT },
        "crds": { "enabled": false },
        "consent": { "publicUrl": PUBLIC },
        "extraArgs": ["--allow-loopback"],
    });
    let install = ["install", RELEASE, CHART, "--namespace", RELEASE, "--create-namespace"];
    let install = [&install[..], &["--values", HARDENED, "--values", "-"]].concat();
    helm(Some(plane.kubeconfig()), &install, &values).printed();
    let get = ["get", "deployment", RELEASE, "-n", RELEASE, "-o", "json"];
    let deployment = plane.kubectl_ok(&get, "").await.expect("the Deployment is there");
    let deployment: Value = serde_json::from_str(&deployment).expect("JSON");
    let arguments = arguments_on_stage(&[deployment]);
    for hardened in ["--require-allowed-hosts", "--enrolled-namespaces-only"] {
        assert!(arguments.iter().any(|argument| argument == hardened), "{hardened}: {arguments:?}");
    }
    let kubeconfig = plane.account_kubeconfig(RELEASE, ACCOUNT).await.expect("a token");
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let env = [("POD_NAMESPACE", RELEASE), ("POD_NAME", "hardened-0")];
    let operator = start_operator_with(&kubeconfig, &arguments, &env).await;
    Arc::new(Stage { plane, operator })
}

/// A namespace of a tenant that is enrolled.
pub async fn tenant(prefix: &str) -> Scene {
    let stage = stage().await;
    let namespace = stage.plane.namespace(prefix).await.expect("the namespace is made");
    let name = namespace.name();
    let role = format!("{RELEASE}-secrets");
    let (cluster_role, account) =
        (format!("--clusterrole={role}"), format!("--serviceaccount={RELEASE}:{ACCOUNT}"));
    let bind = ["create", "rolebinding", &role, "-n", name, &cluster_role, &account];
    stage.plane.kubectl_ok(&bind, "").await.expect("the namespace is enrolled");
    let user = format!("system:serviceaccount:{RELEASE}:{ACCOUNT}");
    wait::until_true(SOON, "the rights are granted", async || {
        let args = ["auth", "can-i", "list", "secrets", "-n", name, "--as", &user];
        let said = stage.plane.kubectl(&args).await.expect("kubectl runs");
        said.stdout.trim() == "yes"
    })
    .await;
    Scene::in_namespace(stage, namespace).await
}

/// The host by which [`at_another_host`] reaches this machine: another one than 127.0.0.1, which the
/// tests pin Secrets to.
pub const EVIL_HOST: &str = "localhost";

/// A path of a simulator under the name of another host.
pub fn at_another_host(simulator: &Simulator, path: &str) -> String {
    format!("http://{EVIL_HOST}:{}{path}", simulator.address().port())
}

/// Pins a Secret to a host, as its owner does.
pub async fn restrict_to_hosts(scene: &Scene, secret: &str, host: &str) {
    let annotations = json!({ "connection-operator.io/allowed-hosts": host });
    scene.change_secret(secret, json!({ "metadata": { "annotations": annotations } })).await;
}
