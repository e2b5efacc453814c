//! The control plane does what the tests of the operator count on.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and print why"
)]

use std::path::PathBuf;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use rig::control_plane::{ControlPlane, Error};
use rig::scratch::Scratch;
use rig::wait;

const LIMIT: Duration = Duration::from_secs(40);
const SOON: Duration = Duration::from_millis(500);

const ROLE: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: rig-reader }
rules:
  - { apiGroups: [''], resources: [secrets], verbs: [get, list] }
";

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.rig.example }
spec:
  group: rig.example
  scope: Namespaced
  names: { kind: Boat, plural: boats, singular: boat }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
";

fn crds() -> (Scratch, PathBuf) {
    let folder = Scratch::new("rig-crds-").unwrap();
    std::fs::write(folder.path().join("boats.yaml"), CRD).unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

async fn shared() -> &'static ControlPlane {
    let (_folder, path) = crds();
    ControlPlane::shared(&path).await.unwrap()
}

/// The binaries of envtest have no controllers: then what they do cannot be seen.
fn without_controllers(plane: &ControlPlane) -> bool {
    let without = plane.controller_manager().is_none();
    if without {
        eprintln!("left out: KUBEBUILDER_ASSETS has no kube-controller-manager");
    }
    without
}

async fn reachable(client: &Client) -> bool {
    matches!(tokio::time::timeout(SOON, client.apiserver_version()).await, Ok(Ok(_)))
}

async fn make_map(client: &Client, namespace: &str, name: &str) -> Result<ConfigMap, kube::Error> {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let map = ConfigMap { metadata, ..ConfigMap::default() };
    Api::namespaced(client.clone(), namespace).create(&PostParams::default(), &map).await
}

#[tokio::test]
async fn kubectl_finds_a_server_with_a_version() {
    let plane = shared().await;
    let output = plane.kubectl(&["version", "-o", "json"]).await.unwrap();
    assert!(output.success, "{}", output.stderr);
    assert!(output.stdout.contains("\"serverVersion\""), "{}", output.stdout);
    let refused = plane.kubectl_ok(&["get", "nonsense"], "").await.unwrap_err();
    assert!(matches!(refused, Error::Kubectl { .. }), "{refused}");
}

#[tokio::test]
async fn dependents_of_a_deleted_owner_are_garbage_collected() {
    let plane = shared().await;
    if without_controllers(plane) {
        return;
    }
    let namespace = plane.namespace("collected").await.unwrap();
    let boat = "{ apiVersion: rig.example/v1, kind: Boat, metadata: { name: ark, namespace: NS } }";
    plane.apply(&boat.replace("NS", namespace.name())).await.unwrap();
    let args = ["get", "boat", "ark", "-n", namespace.name(), "-o", "jsonpath={.metadata.uid}"];
    let uid = plane.kubectl_ok(&args, "").await.unwrap();
    let owned = format!(
        "{{ apiVersion: v1, kind: Secret, metadata: {{ name: oar, namespace: {}, ownerReferences:
        [{{ apiVersion: rig.example/v1, kind: Boat, name: ark, uid: {uid} }}] }} }}",
        namespace.name(),
    );
    plane.apply(&owned).await.unwrap();
    plane.kubectl_ok(&["delete", "boat", "ark", "-n", namespace.name()], "").await.unwrap();

    let secrets: Api<Secret> = Api::namespaced(plane.client().await.unwrap(), namespace.name());
    wait::until_true(LIMIT, "the Secret to be collected", async || {
        secrets.get_opt("oar").await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn a_namespace_is_deleted_with_its_handle() {
    let plane = shared().await;
    if without_controllers(plane) {
        return;
    }
    let namespace = plane.namespace("leaving").await.unwrap();
    let name = namespace.name().to_owned();
    drop(namespace);
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> =
        Api::all(plane.client().await.unwrap());
    wait::until_true(LIMIT, "the namespace to be gone", async || {
        namespaces.get_opt(&name).await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn a_service_account_has_only_the_rights_of_its_role() {
    let plane = shared().await;
    let namespace = plane.namespace("reader").await.unwrap();
    let kubeconfig = plane.service_account(namespace.name(), "reader", ROLE).await.unwrap();
    let client = plane.client_for(&kubeconfig).await.unwrap();
    let mark = plane.audit_mark().unwrap();

    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace.name());
    secrets.list(&ListParams::default()).await.unwrap();
    let denied = make_map(&client, namespace.name(), "map").await.unwrap_err();
    assert!(matches!(&denied, kube::Error::Api(status) if status.code == 403), "{denied}");

    let user = format!("system:serviceaccount:{}:reader", namespace.name());
    let events = plane.audit(mark).unwrap();
    let seen: Vec<_> = events
        .iter()
        .filter(|event| event.user == user && event.is_complete())
        .map(|event| (event.verb.as_str(), event.resource.as_str(), event.code))
        .collect();
    assert_eq!(seen, [("list", "secrets", 200), ("create", "configmaps", 403)]);
}

#[tokio::test]
async fn servers_can_be_frozen_killed_and_restarted_with_their_data() {
    let plane = ControlPlane::start().await.unwrap();
    if !without_controllers(&plane) {
        plane.controllers_ready().await.unwrap();
    }
    let client = plane.client().await.unwrap();
    make_map(&client, "default", "kept").await.unwrap();

    plane.api_server().freeze().unwrap();
    assert!(!reachable(&client).await);
    plane.api_server().thaw().unwrap();
    wait::until_true(LIMIT, "the API server after a freeze", async || reachable(&client).await)
        .await;

    plane.etcd().freeze().unwrap();
    let write = tokio::time::timeout(SOON, make_map(&client, "default", "frozen")).await;
    assert!(write.is_err(), "written without etcd");
    plane.etcd().thaw().unwrap();

    plane.api_server().kill();
    assert!(!reachable(&client).await);
    assert!(plane.api_server().freeze().is_err());
    plane.etcd().restart().await.unwrap();
    plane.api_server().restart().await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(plane.client().await.unwrap(), "default");
    maps.get("kept").await.unwrap();
    maps.delete("kept", &DeleteParams::default()).await.unwrap();
    if let Some(manager) = plane.controller_manager() {
        manager.restart().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_left_after_drop() {
    let plane = ControlPlane::builder().controller_manager(false).start().await.unwrap();
    assert!(plane.controller_manager().is_none());
    assert!(matches!(plane.controllers_ready().await, Err(Error::NoControllerManager)));
    let ids = [plane.etcd().id(), plane.api_server().id()].map(Option::unwrap);
    let folder = plane.folder().path().to_owned();
    assert!(folder.exists());
    drop(plane);
    assert!(!folder.exists());
    wait::until_true(LIMIT, "the servers to be gone", async || {
        ids.iter().all(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        })
    })
    .await;
}
