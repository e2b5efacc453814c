//! An operator that stops, is killed, and restarts, on a plane that no other test uses.

use kube::api::{DeleteParams, PostParams};
use kube::{Api, Resource};
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;
use rig::wait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{SOON, Scene, uid};

async fn open(prefix: &str) -> (Scene, Simulator) {
    let scene = Scene::with_own_operator(prefix).await;
    put_keystore(&scene).await;
    (scene, Simulator::start().unwrap())
}

/// Names of many Connections that are healthy.
async fn healthy(scene: &Scene, simulator: &Simulator, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|index| format!("crm-{index}")).collect();
    for name in &names {
        scene.apply(name, jwt(simulator)).await;
    }
    for name in &names {
        scene.until_issued(name).await;
    }
    assert_eq!(simulator.count(), count);
    names
}

/// Starts an operator again and waits until it has worked: a new Connection gets its token, after
/// all that were there had their turn.
async fn back(scene: &mut Scene, name: &str) {
    let provider = Simulator::start().unwrap();
    scene.start_operator().await;
    scene.apply(name, jwt(&provider)).await;
    scene.until_issued(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_requests_no_token_and_writes_nothing() {
    let (mut scene, simulator) = open("restart").await;
    let names = healthy(&scene, &simulator, 20).await;
    let stopped = scene.stage.operator.process.terminate(SOON).await.unwrap();
    assert!(stopped.success(), "it stops in order: {stopped}");
    let mark = scene.stage.plane.audit_mark().unwrap();
    back(&mut scene, "after-stop").await;
    scene.stage.operator.process.kill();
    back(&mut scene, "after-kill").await;
    assert_eq!(simulator.count(), names.len(), "no token for a restart");
    let calls = scene.calls_since(mark);
    let owned = |name: &str| names.iter().any(|item| name.starts_with(item.as_str()));
    let of_the_old: Vec<_> = calls.iter().filter(|call| owned(&call.name)).collect();
    assert!(of_the_old.is_empty(), "{of_the_old:?}");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_real_changes_during_downtime_are_detected() {
    let (mut scene, simulator) = open("away").await;
    healthy(&scene, &simulator, 3).await;
    scene.stage.operator.process.kill();
    let claims = json!({ "assertion": { "claims": { "sub": "another@example.com" } } });
    scene.change("crm-0", json!({ "spec": claims })).await;
    scene.secrets().delete("crm-1-token", &DeleteParams::default()).await.unwrap();
    scene.change_secret("keystore", json!({ "metadata": { "labels": { "a": "b" } } })).await;
    back(&mut scene, "after").await;
    for name in ["crm-0", "crm-1", "crm-2"] {
        scene.until_issued(name).await;
    }
    assert!(simulator.wait_for(5, SOON).await, "one for the claim and one for the Secret");
    back(&mut scene, "again").await;
    assert_eq!(simulator.count(), 5, "none for the label on the keystore");
}

/// An object as a backup has it.
async fn saved<K>(api: &Api<K>, name: &str) -> K
where
    K: Resource + Clone + DeserializeOwned + Serialize + std::fmt::Debug,
{
    let mut object = api.get(name).await.unwrap();
    let metadata = object.meta_mut();
    metadata.uid = None;
    metadata.resource_version = None;
    metadata.managed_fields = None;
    metadata.creation_timestamp = None;
    api.delete(name, &DeleteParams::default()).await.unwrap();
    object
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_restored_from_a_backup_are_adopted_and_their_owner_is_repaired() {
    let (mut scene, simulator) = open("backup").await;
    healthy(&scene, &simulator, 1).await;
    let token = scene.data("crm-0-token").await;
    scene.stage.operator.process.kill();
    let connection = saved(&scene.connections(), "crm-0").await;
    let secrets =
        [saved(&scene.secrets(), "crm-0-token").await, saved(&scene.secrets(), "keystore").await];
    let params = PostParams::default();
    for secret in secrets {
        scene.secrets().create(&params, &secret).await.unwrap();
    }
    let restored = scene.connections().create(&params, &connection).await.unwrap();
    back(&mut scene, "after").await;
    wait::until_true(SOON, "the owner of the token Secret is repaired", async || {
        let secret = scene.secrets().get("crm-0-token").await.unwrap();
        let owners = secret.metadata.owner_references.unwrap_or_default();
        owners.len() == 1 && owners[0].uid == uid(&restored)
    })
    .await;
    scene.until_issued("crm-0").await;
    back(&mut scene, "again").await;
    assert_eq!(simulator.count(), 1, "the restored token is good");
    assert_eq!(scene.data("crm-0-token").await, token);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_in_flight_token_is_written_before_shutdown() {
    let (mut scene, simulator) = open("last-token").await;
    let gate = Gate::closed();
    simulator.otherwise(Behavior::token().behind(&gate));
    scene.apply("crm", jwt(&simulator)).await;
    assert!(simulator.wait_for(1, SOON).await, "the token is requested");
    // The signal is sent before the gate opens.
    let ended = scene.stage.operator.process.terminate(SOON);
    let (ended, ()) = tokio::join!(ended, async { gate.open() });
    let ended = ended.unwrap();
    assert!(ended.success(), "{ended}");
    let data = scene.data("crm-token").await.expect("the token is written down");
    assert_eq!(simulator.secrets(), [data["access_token"].clone()]);
    back(&mut scene, "after").await;
    scene.until_issued("crm").await;
    assert_eq!(simulator.count(), 1, "it is not asked for again");
}
