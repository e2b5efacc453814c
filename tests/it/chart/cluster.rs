//! An API server that nothing was installed on but the chart, by helm.

use rig::control_plane::{ControlPlane, Namespace};
use rig::wait;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::helm::{CHART, helm};

/// The release that brings the resource.
pub const FIRST: &str = "connection-operator";

const APIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/chart/apis");

pub struct Cluster {
    pub plane: ControlPlane,
    /// What helm printed when the chart was installed with its defaults.
    pub notes: String,
}

impl Cluster {
    /// The cluster that the tests of the chart share.
    pub async fn shared() -> &'static Self {
        static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
        CLUSTER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let plane = ControlPlane::builder().controller_manager(false).start().await;
        let plane = plane.expect("the control plane starts");
        plane.install_crds(APIS.as_ref()).await.expect("optional APIs are served");
        let install = ["install", FIRST, CHART, "--namespace", FIRST, "--create-namespace"];
        let notes = helm(Some(plane.kubeconfig()), &install, &Value::Null).printed();
        let list = ["get", "connections.connection-operator.io", "-A"];
        wait::until_true(crate::stage::SOON, "Connections are served", async || {
            plane.kubectl(&list).await.expect("kubectl runs").success
        })
        .await;
        Self { plane, notes }
    }

    /// A namespace that admits only pods of the standard `restricted`.
    pub async fn restricted(&self, prefix: &str) -> Namespace {
        let namespace = self.plane.namespace(prefix).await.expect("the namespace is made");
        let label = "pod-security.kubernetes.io/enforce=restricted";
        let args = ["label", "namespace", namespace.name(), label];
        self.plane.kubectl_ok(&args, "").await.expect("the namespace is labelled");
        namespace
    }

    /// Runs helm as admin.
    pub fn helm(&self, arguments: &[&str], values: &Value) -> String {
        helm(Some(self.plane.kubeconfig()), arguments, values).printed()
    }
}

/// Values for one more release: nothing that there can be only one of.
pub fn installed_next_to(namespace: &str) -> Value {
    json!({
        "fullnameOverride": namespace,
        "serviceAccount": { "name": crate::stage::ACCOUNT },
        "crds": { "enabled": false },
        "rbac": { "aggregatedRoles": false },
    })
}
