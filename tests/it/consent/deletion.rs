//! What becomes of a grant when its Connection goes.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{DeleteParams, Patch, PatchParams};
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::{Value, json};

use crate::consent::user::{authorized, mail, open};
use crate::stage::{SOON, Scene};

fn on_delete(simulator: &Simulator, what: &str) -> Value {
    let mut spec = mail(simulator);
    spec["authorization"] = json!({ "onDelete": what });
    spec
}

async fn delete(scene: &Scene) {
    scene.connections().delete("mail", &DeleteParams::default()).await.expect("it is deleted");
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.expect("an answer").is_none()
    })
    .await;
}

async fn until_gone(scene: &Scene, secret: &str) {
    wait::until_true(SOON, secret, async || scene.data(secret).await.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retained_grant_is_adopted_without_consent() {
    let (scene, simulator) = open("retain").await;
    authorized(&scene, &simulator, mail(&simulator)).await;
    delete(&scene).await;
    until_gone(&scene, "mail-token").await;
    assert!(scene.data("mail-grant").await.unwrap().contains_key("refresh_token"));
    scene.apply("mail", mail(&simulator)).await;
    scene.until_issued("mail").await;
    scene.until_renewed("mail-token", None).await;
    assert_eq!(simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_restored_with_an_old_uid_is_adopted() {
    let (scene, simulator) = open("restored").await;
    let token = authorized(&scene, &simulator, on_delete(&simulator, "Delete")).await;
    let stale = OwnerReference {
        api_version: "connection-operator.io/v1alpha1".to_owned(),
        kind: "Connection".to_owned(),
        name: "mail".to_owned(),
        uid: "7c9e1d3a-0000-4000-8000-000000000000".to_owned(),
        ..OwnerReference::default()
    };
    // As a backup tool does it: other uids, no status, the Secrets as they were.
    let mut grant = scene.secrets().get("mail-grant").await.unwrap();
    scene.connections().delete("mail", &DeleteParams::default()).await.unwrap();
    until_gone(&scene, "mail-grant").await;
    grant.metadata.uid = None;
    grant.metadata.resource_version = None;
    grant.metadata.managed_fields = None;
    grant.metadata.owner_references = Some(vec![]);
    scene.secrets().create(&kube::api::PostParams::default(), &grant).await.unwrap();
    let patch = json!({ "metadata": { "ownerReferences": [] } });
    scene
        .secrets()
        .patch("mail-grant", &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
    scene.apply("mail", on_delete(&simulator, "Delete")).await;
    scene.until_issued("mail").await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.until_renewed("mail-token", Some(&token)).await;
    wait::until_true(SOON, "the owner is repaired", async || {
        let owners = scene.secrets().get("mail-grant").await.unwrap().metadata.owner_references;
        let owners = owners.unwrap_or_default();
        owners.len() == 1 && owners[0].uid != stale.uid
    })
    .await;
    assert_eq!(simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_grant_requires_consent_again() {
    let (scene, simulator) = open("delete").await;
    authorized(&scene, &simulator, on_delete(&simulator, "Delete")).await;
    delete(&scene).await;
    until_gone(&scene, "mail-grant").await;
    scene.apply("mail", on_delete(&simulator, "Delete")).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_grant_is_rejected_by_the_provider_and_the_connection_is_deleted() {
    let (scene, simulator) = open("revoke").await;
    let mark = scene.stage.plane.audit_mark().expect("the audit log is there");
    authorized(&scene, &simulator, on_delete(&simulator, "Revoke")).await;
    let finalizers = scene.connection("mail").await.metadata.finalizers.unwrap_or_default();
    assert_eq!(finalizers, ["connection-operator.io/revoke-grant"]);
    // It is tried again when the provider is down.
    simulator.script(Matcher::path("/revoke").times(2), Behavior::empty(503));
    delete(&scene).await;
    assert!(simulator.families()[0].revoked);
    assert_eq!(simulator.requests_to("/revoke").len(), 3);
    until_gone(&scene, "mail-grant").await;
    wait::until_true(SOON, "the rights that this flow alone needs are used", async || {
        let calls = scene.calls_since(mark);
        [("connections", "patch"), ("secrets", "delete"), ("secrets", "update")].iter().all(
            |item| {
                calls.iter().any(|call| {
                    call.subresource.is_empty()
                        && (call.resource.as_str(), call.verb.as_str()) == *item
                })
            },
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_finalizer_is_removed_when_revocation_is_disabled() {
    let (scene, simulator) = open("finalizer").await;
    scene.apply("mail", on_delete(&simulator, "Revoke")).await;
    wait::until_true(SOON, "the finalizer is there", async || {
        scene.connection("mail").await.metadata.finalizers.is_some_and(|all| all.len() == 1)
    })
    .await;
    scene.apply("mail", on_delete(&simulator, "Retain")).await;
    wait::until_true(SOON, "the finalizer is gone", async || {
        scene.connection("mail").await.metadata.finalizers.is_none_or(|all| all.is_empty())
    })
    .await;
}
