//! An API server that is frozen, gone, or refuses: what was received is written when it can be, and
//! never asked for twice.

use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use rig::control_plane::Server;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;
use rig::simulator::matcher::Matcher;

use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{ACCOUNT, SOON, Scene};

/// A Connection whose token is being renewed: the provider sends the second token when the gate is
/// open.
async fn renewing(scene: &Scene) -> (Simulator, String, Gate) {
    put_keystore(scene).await;
    let simulator = Simulator::start().unwrap();
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let token = scene.until_renewed("crm-token", None).await;
    assert_eq!(simulator.count(), 1, "no renewal is due");
    let gate = Gate::closed();
    simulator.script(Matcher::next(1), Behavior::token().behind(&gate));
    scene.annotate("crm", RENEW_REQUESTED_AT_ANNOTATION, "1").await;
    assert!(simulator.wait_for(2, SOON).await, "the second token is requested");
    (simulator, token, gate)
}

/// Waits until the operator says that it could not write the token Secret.
async fn until_refused(scene: &Scene) {
    let refused = |line: &str| {
        let text = line.contains("KubernetesAPIError") && line.contains("token Secret `crm-token`");
        text.then_some(())
    };
    let process = &scene.stage.operator.process;
    process.find_in_log(SOON, "a write that failed", refused).await.unwrap();
}

/// Demands that the second token is in the Secret and that there is no third.
async fn assert_written_once(scene: &Scene, simulator: &Simulator, old: &str) {
    let new = scene.until_renewed("crm-token", Some(old)).await;
    assert_eq!(simulator.secrets(), [old.to_owned(), new]);
    scene.until_issued("crm").await;
    // The watches are back, too.
    let other = Simulator::start().unwrap();
    scene.apply("other", jwt(&other)).await;
    scene.until_issued("other").await;
    assert_eq!(simulator.count(), 2, "nothing was asked for twice");
    scene.assert_no_leak(&simulator.secrets()).await;
}

/// A frozen server, which is thawed when the test ends.
struct Frozen<'a>(&'a Server);

impl<'a> Frozen<'a> {
    fn new(server: &'a Server) -> Self {
        server.freeze().unwrap();
        Self(server)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        let _ = self.0.thaw();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_written_when_a_frozen_api_server_resumes() {
    let scene = Scene::with_own_plane("frozen").await;
    let (simulator, old, gate) = renewing(&scene).await;
    let frozen = Frozen::new(scene.stage.plane.api_server());
    gate.open();
    until_refused(&scene).await;
    assert_eq!(simulator.count(), 2, "it is kept, not asked for again");
    drop(frozen);
    assert_written_once(&scene, &simulator, &old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_received_during_an_api_server_outage_is_written_afterwards() {
    let scene = Scene::with_own_plane("gone").await;
    let (simulator, old, gate) = renewing(&scene).await;
    scene.stage.plane.api_server().kill();
    gate.open();
    until_refused(&scene).await;
    scene.stage.plane.api_server().restart().await.unwrap();
    assert_written_once(&scene, &simulator, &old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_written_when_the_operator_regains_the_right() {
    let scene = Scene::with_own_operator("forbidden").await;
    let (simulator, old, gate) = renewing(&scene).await;
    let bindings: Api<ClusterRoleBinding> = Api::all(scene.client.clone());
    let name = format!("{}-{ACCOUNT}-connection-operator", scene.namespace.name());
    let mut binding = bindings.get(&name).await.unwrap();
    bindings.delete(&name, &DeleteParams::default()).await.unwrap();
    gate.open();
    until_refused(&scene).await;
    binding.metadata.resource_version = None;
    binding.metadata.uid = None;
    bindings.create(&PostParams::default(), &binding).await.unwrap();
    assert_written_once(&scene, &simulator, &old).await;
}
