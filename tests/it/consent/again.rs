//! Authorizing again while the old grant is valid: readers of the token notice nothing until there is
//! a new one.

use connection_client::api::connection::Connection;
use rig::simulator::grants::consent::Consent;
use serde_json::json;

use crate::consent::person::{ask, authorized, consent, hand_over, mail, open};
use crate::stage::{Scene, condition, message};

/// Since when the Connection is ready, as the condition says.
fn ready_since(connection: &Connection) -> String {
    assert_eq!(condition(connection, "Ready").0, "True");
    let status = connection.status.as_ref().expect("a status");
    format!("{:?}", status.condition("Ready").expect("a condition").last_transition_time)
}

async fn token(scene: &Scene) -> Option<std::collections::BTreeMap<String, String>> {
    scene.data("mail-token").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_token_stays_ready_and_unchanged_until_the_new_one_is_there() {
    let (scene, simulator) = open("again").await;
    let old = authorized(&scene, &simulator, mail(&simulator)).await;
    let (before, since) = (token(&scene).await, ready_since(&scene.connection("mail").await));

    simulator.consent(Consent::refused("access_denied", None));
    let answer = ask(&scene, "mail").await;
    assert_eq!(token(&scene).await, before, "begun");
    hand_over(&scene, &scene.connection("mail").await, &answer).await;
    rig::wait::until_true(crate::stage::SOON, "the denial is reported", async || {
        message(&scene.connection("mail").await, "Authorized").contains("did not replace the grant")
    })
    .await;
    let denied = scene.connection("mail").await;
    assert_eq!(condition(&denied, "Authorized").0, "True");
    assert_eq!((token(&scene).await, ready_since(&denied)), (before, since.clone()), "denied");

    simulator.consent(Consent::granted());
    consent(&scene, "mail").await;
    scene.until_renewed("mail-token", Some(&old)).await;
    let done = scene.until("mail", "Authorized", "True", "Authorized").await;
    assert_eq!(ready_since(&done), since, "it never was anything but ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_more_scopes_is_told_to_authorize_again_and_can() {
    let (scene, simulator) = open("wider").await;
    let old = authorized(&scene, &simulator, mail(&simulator)).await;
    let scopes = json!({ "spec": { "scopes": ["openid", "mail.send", "mail.read"] } });
    scene.change("mail", scopes).await;
    let narrow = scene.until("mail", "Authorized", "False", "AuthorizationRequired").await;
    assert_eq!(condition(&narrow, "Ready").0, "True", "the old scopes are as good as before");
    rig::wait::until_true(crate::stage::SOON, "the status says where to go", async || {
        let status = scene.connection("mail").await.status.unwrap_or_default();
        status.authorization.is_some_and(|authorization| authorization.endpoint.is_some())
    })
    .await;
    consent(&scene, "mail").await;
    scene.until_renewed("mail-token", Some(&old)).await;
    scene.until("mail", "Authorized", "True", "Authorized").await;
}
