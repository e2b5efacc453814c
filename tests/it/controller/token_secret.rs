//! The token Secret: its owner, its data, and what happens to it.

use std::collections::BTreeMap;

use kube::api::{DeleteParams, Patch, PatchParams};
use rig::simulator::behavior::Behavior;
use rig::wait;
use serde_json::{Value, json};

use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::stage::{SOON, Scene, uid};

async fn delete_secret(scene: &Scene, name: &str) {
    scene.secrets().delete(name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_token_secret_is_recreated_with_a_new_token() {
    let (scene, simulator) = open("restored").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;
    delete_secret(&scene, "crm-token").await;
    scene.until_renewed("crm-token", Some(&old)).await;
    scene.until_issued("crm").await;
    assert_eq!(simulator.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_written_by_another_client_are_replaced() {
    let (scene, simulator) = open("edited").await;
    let metronome = Metronome::start(&scene).await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let mut token = scene.until_renewed("crm-token", None).await;
    let edits = [
        ("another token", json!({ "data": { "access_token": "Zm9yZWlnbg==" } })),
        ("a token that is gone", json!({ "data": { "access_token": null } })),
        ("no data at all", json!({ "data": null })),
    ];
    for (index, (what, edit)) in edits.into_iter().enumerate() {
        scene.change_secret("crm-token", edit).await;
        assert!(simulator.wait_for(index + 2, SOON).await, "{what} is noticed");
        token = wait::until(SOON, what, async || {
            let data = scene.data("crm-token").await.unwrap_or_default();
            let new = data.get("access_token").filter(|item| **item != token && *item != "foreign");
            new.filter(|_| data.contains_key("authorization"))
                .cloned()
                .ok_or_else(|| format!("{:?}", data.keys()))
        })
        .await;
        metronome.beats(1).await;
        assert_eq!(simulator.count(), index + 2, "one request for {what}");
    }
    scene.change_secret("crm-token", json!({ "data": { "mine": "Zm9yZWlnbg==" } })).await;
    let labels = json!({ "secret": { "labels": { "a": "1" } } });
    scene.change("crm", json!({ "spec": labels })).await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 4, "a key that is not the operator's has no effect");
    assert_eq!(scene.data("crm-token").await.unwrap()["mine"], "foreign");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_two_connections_owns_the_secret_and_the_second_inherits_it() {
    let (scene, simulator) = open("shared-name").await;
    let metronome = Metronome::start(&scene).await;
    let mut spec = jwt(&simulator);
    spec["secret"] = json!({ "name": "one-token" });
    scene.apply("first", spec.clone()).await;
    scene.until_issued("first").await;
    let token = scene.until_renewed("one-token", None).await;
    scene.apply("second", spec).await;
    scene.until("second", "Ready", "False", "SecretConflict").await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1);
    assert_eq!(scene.data("one-token").await.unwrap()["access_token"], token);

    scene.connections().delete("first", &DeleteParams::default()).await.unwrap();
    scene.until_issued("second").await;
    scene.until_renewed("one-token", Some(&token)).await;
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_deleted_connection_is_deleted() {
    let (scene, simulator) = open("deleted").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    scene.connections().delete("crm", &DeleteParams::default()).await.unwrap();
    wait::until_true(SOON, "the token Secret is gone", async || {
        scene.data("crm-token").await.is_none()
    })
    .await;
    assert!(scene.data("keystore").await.is_some(), "what it read is not its own");
    assert_eq!(simulator.count(), 1, "a deleted Connection asks for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_owner_reference_is_restored_without_a_token_request() {
    let (scene, simulator) = open("owner").await;
    let metronome = Metronome::start(&scene).await;
    let connection = scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let token = scene.until_renewed("crm-token", None).await;
    scene.change_secret("crm-token", json!({ "metadata": { "ownerReferences": null } })).await;
    wait::until_true(SOON, "the owner is set again", async || {
        let secret = scene.secrets().get("crm-token").await.unwrap();
        secret.metadata.owner_references.is_some_and(|all| all[0].uid == uid(&connection))
    })
    .await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1);
    assert_eq!(scene.data("crm-token").await.unwrap()["access_token"], token);
}

/// Labels and annotations of the token Secret, without the operator's own.
async fn dress(scene: &Scene) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let own = |key: &String| !key.starts_with("connection-operator.io/");
    let metadata = scene.secrets().get("crm-token").await.unwrap().metadata;
    let mut annotations = metadata.annotations.unwrap_or_default();
    annotations.retain(|key, _| own(key));
    let mut labels = metadata.labels.unwrap_or_default();
    assert_eq!(
        labels.remove("app.kubernetes.io/managed-by").as_deref(),
        Some("connection-operator")
    );
    (labels, annotations)
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_and_annotations_follow_the_spec_without_a_token_request() {
    let (scene, simulator) = open("labels").await;
    let metronome = Metronome::start(&scene).await;
    let mut spec = jwt(&simulator);
    spec["secret"] = json!({ "labels": { "a": "1", "b": "2" }, "annotations": { "c": "3" } });
    scene.apply("crm", spec.clone()).await;
    scene.until_issued("crm").await;
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(dress(&scene).await, (map(&[("a", "1"), ("b", "2")]), map(&[("c", "3")])));
    // A label of another manager stays.
    scene.change_secret("crm-token", json!({ "metadata": { "labels": { "mine": "yes" } } })).await;

    spec["secret"] = json!({ "labels": { "a": "9" }, "annotations": { "d": "4" } });
    scene.apply("crm", spec.clone()).await;
    let expected = (map(&[("a", "9"), ("mine", "yes")]), map(&[("d", "4")]));
    wait::until(SOON, "the new labels and annotations", async || {
        let there = dress(&scene).await;
        if there == expected { Ok(()) } else { Err(format!("{there:?}")) }
    })
    .await;
    spec.as_object_mut().unwrap().remove("secret");
    scene.apply("crm", spec).await;
    wait::until_true(SOON, "no labels and annotations but the stranger's", async || {
        dress(&scene).await == (map(&[("mine", "yes")]), map(&[]))
    })
    .await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1);
    scene.assert_no_leak(&simulator.secrets()).await;
}

/// A Connection with a client secret, to a provider that returns more than it should.
async fn issued_in_format(
    scene: &Scene,
    endpoint: &str,
    secret: Value,
) -> BTreeMap<String, String> {
    let spec = json!({
        "flow": "JWT",
        "endpoints": { "token": endpoint },
        "client": { "id": "client", "secretRef": { "name": "client" } },
        "scopes": ["api"],
        "assertion": { "claims": { "sub": "integration@example.com" }, "keystoreRef": { "name": "keystore" } },
        "secret": secret,
    });
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;
    wait::until(SOON, "a token Secret", async || {
        scene.data("crm-token").await.ok_or_else(|| "none".to_owned())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_format_has_only_its_keys_and_no_long_lived_credential() {
    let (scene, simulator) = open("formats").await;
    scene.put_secret("client", &[("client_secret", b"canary-client-secret\n")]).await;
    simulator.otherwise(
        Behavior::token()
            .field("refresh_token", "canary-refresh-token")
            .field("id_token", "canary-id-token")
            .field("client_secret", "canary-client-secret")
            .field("scope", "api web")
            .field("instance_url", "https://example.my.salesforce.com")
            .field("issued_at", 1_777_888_999)
            .field("nested", json!({ "refresh_token": "canary-refresh-token" })),
    );
    let endpoint = simulator.token_endpoint();
    let plain = issued_in_format(&scene, &endpoint, json!({})).await;
    let keys =
        ["access_token", "authorization", "expires_at", "instance_url", "issued_at", "scope"];
    assert_eq!(plain.keys().collect::<Vec<_>>(), [&keys[..], &["token_type"]].concat());
    assert_eq!((&*plain["scope"], &*plain["token_type"]), ("api web", "Bearer"));
    assert!(plain["expires_at"].parse::<jiff::Timestamp>().is_ok(), "{}", plain["expires_at"]);

    let format = json!({ "format": "CloudStreams", "headerPrefix": "Token" });
    let old = plain["access_token"].clone();
    issued_in_format(&scene, &endpoint, format).await;
    let cloud = wait::until(SOON, "the other format", async || {
        let data = scene.data("crm-token").await.unwrap_or_default();
        data.contains_key("oauth.accessToken").then_some(data).ok_or_else(|| "Plain".to_owned())
    })
    .await;
    let keys = [
        "oauth.accessToken",
        "oauth.consumerId",
        "oauth_v20.accessTokenRefreshURL",
        "oauth_v20.authorizationHeaderPrefix",
        "oauth_v20.instanceURL",
        "oauth_v20.refreshAccessToken",
    ];
    assert_eq!(cloud.keys().collect::<Vec<_>>(), keys);
    assert_eq!(cloud["oauth.accessToken"], old, "a form is no reason for another token");
    assert_eq!(cloud["oauth_v20.authorizationHeaderPrefix"], "Token");

    let prefix = json!({ "format": "Plain", "headerPrefix": "Zoho-oauthtoken" });
    issued_in_format(&scene, &endpoint, prefix).await;
    wait::until_true(SOON, "the header's other prefix", async || {
        let data = scene.data("crm-token").await.unwrap_or_default();
        let token = data.get("access_token").cloned().unwrap_or_default();
        data.get("authorization") == Some(&format!("Authorization: Zoho-oauthtoken {token}"))
    })
    .await;
    assert_eq!(simulator.count(), 1);
    for data in [plain, cloud, scene.data("crm-token").await.unwrap()] {
        assert!(data.values().all(|value| !value.contains("canary-refresh")
            && !value.contains("canary-id")
            && !value.contains("canary-client")));
    }
    let canaries = ["canary-refresh-token", "canary-id-token", "canary-client-secret"];
    scene.assert_no_leak(&[&canaries.map(str::to_owned)[..], &simulator.secrets()].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_by_another_manager_is_reverted() {
    let (scene, simulator) = open("applied").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "crm-token" },
        "data": { "access_token": "Zm9yZWlnbg==" },
    });
    let params = PatchParams::apply("stranger").force();
    scene.secrets().patch("crm-token", &params, &Patch::Apply(secret)).await.unwrap();
    assert!(simulator.wait_for(2, SOON).await, "it is noticed");
    wait::until_true(SOON, "a token of our own", async || {
        let token = scene.data("crm-token").await.unwrap_or_default().remove("access_token");
        token.is_some_and(|token| token != "foreign" && token != old)
    })
    .await;
}
