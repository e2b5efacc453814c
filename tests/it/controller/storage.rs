//! An API server that is frozen, gone, or refuses: what was received is written when it can be, and
//! never asked for twice.

use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use rig::control_plane::Server;
use rig::simulator::Simulator;
use rig::simulator::behaviour::Behaviour;
use rig::simulator::matcher::Matcher;

use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{ACCOUNT, SOON, Scene};

/// A Connection whose first token is renewed soon; all later ones live for an hour.
async fn soon_due(scene: &Scene) -> (Simulator, String) {
    put_keystore(scene).await;
    let simulator = Simulator::start().unwrap();
    simulator.script(Matcher::next(1), Behaviour::token().lifetime(6.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let token = scene.until_renewed("crm-token", None).await;
    assert_eq!(simulator.count(), 1, "it is not due yet");
    (simulator, token)
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
async fn demand_written_once(scene: &Scene, simulator: &Simulator, old: &str) {
    let new = scene.until_renewed("crm-token", Some(old)).await;
    assert_eq!(simulator.secrets(), [old.to_owned(), new]);
    scene.until_issued("crm").await;
    // The watches are back, too.
    let other = Simulator::start().unwrap();
    scene.apply("other", jwt(&other)).await;
    scene.until_issued("other").await;
    assert_eq!(simulator.count(), 2, "nothing was asked for twice");
    scene.demand_no_leak(&simulator.secrets()).await;
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
async fn a_token_that_a_frozen_api_server_does_not_take_is_written_when_it_goes_on() {
    let scene = Scene::with_own_plane("frozen").await;
    let (simulator, old) = soon_due(&scene).await;
    let frozen = Frozen::new(scene.stage.plane.api_server());
    assert!(simulator.wait_for(2, SOON).await, "the token is renewed all the same");
    until_refused(&scene).await;
    assert_eq!(simulator.count(), 2, "it is kept, not asked for again");
    drop(frozen);
    demand_written_once(&scene, &simulator, &old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_while_the_api_server_is_gone_is_written_when_it_is_back() {
    let scene = Scene::with_own_plane("gone").await;
    let (simulator, old) = soon_due(&scene).await;
    scene.stage.plane.api_server().kill();
    let asked = simulator.wait_for(2, SOON).await;
    if asked {
        until_refused(&scene).await;
    }
    scene.stage.plane.api_server().restart().await.unwrap();
    assert!(asked, "the token is renewed all the same");
    demand_written_once(&scene, &simulator, &old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_operator_may_not_write_is_written_when_it_may() {
    let scene = Scene::with_own_operator("forbidden").await;
    let (simulator, old) = soon_due(&scene).await;
    let bindings: Api<ClusterRoleBinding> = Api::all(scene.client.clone());
    let name = format!("{}-{ACCOUNT}-connection-operator", scene.namespace.name());
    let mut binding = bindings.get(&name).await.unwrap();
    bindings.delete(&name, &DeleteParams::default()).await.unwrap();
    assert!(simulator.wait_for(2, SOON).await, "the token is renewed all the same");
    until_refused(&scene).await;
    binding.metadata.resource_version = None;
    binding.metadata.uid = None;
    bindings.create(&PostParams::default(), &binding).await.unwrap();
    demand_written_once(&scene, &simulator, &old).await;
}
