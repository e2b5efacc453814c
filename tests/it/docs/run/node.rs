//! Replaces nodes, which a control plane alone lacks: every pod is marked ready, and its program runs
//! as a process.

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, ResourceExt as _};
use rig::control_plane::ControlPlane;
use serde_json::{Value, json};
use tokio_util::task::AbortOnDropHandle;

use crate::chart::helm::arguments_on_stage;
use crate::stage::{ACCOUNT, Operator, start_operator_with};

/// Marks every pod of a namespace ready, as long as the handle lives.
pub fn pods_are_ready(client: Client, namespace: &str) -> AbortOnDropHandle<()> {
    let pods: Api<Pod> = Api::namespaced(client, namespace);
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut events = std::pin::pin!(watcher::watcher(pods.clone(), watcher::Config::default()));
        while let Some(event) = events.next().await {
            if let Ok(Event::InitApply(pod) | Event::Apply(pod)) = event {
                mark_ready(&pods, &pod).await;
            }
        }
    }))
}

async fn mark_ready(pods: &Api<Pod>, pod: &Pod) {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    if phase == Some("Running") || pod.metadata.deletion_timestamp.is_some() {
        return;
    }
    let status = json!({ "status": {
        "phase": "Running", "podIP": "10.0.0.9",
        "conditions": [{ "type": "Ready", "status": "True" }],
    } });
    // It may be gone by now.
    let _ =
        pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(status)).await;
}

/// Starts what the Deployment of a release runs, under its account, and lets it use a provider of this
/// machine.
pub async fn start_operator(plane: &ControlPlane, release: &str) -> Operator {
    let get = ["get", "deployment", ACCOUNT, "-n", release, "-o", "json"];
    let deployment = plane.kubectl_ok(&get, "").await.expect("the Deployment is there");
    let deployment: Value = serde_json::from_str(&deployment).expect("JSON");
    let kubeconfig = plane.account_kubeconfig(release, ACCOUNT).await.expect("a token");
    let mut arguments = arguments_on_stage(&[deployment]);
    arguments.push("--allow-loopback".to_owned());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let env = [("POD_NAMESPACE", release), ("POD_NAME", "docs-0")];
    start_operator_with(&kubeconfig, &arguments, &env).await
}
