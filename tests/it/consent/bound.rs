//! A grant goes only where, and as whom, it was issued to.

use kube::api::DeleteParams;
use rig::simulator::Simulator;
use rig::wait;
use serde_json::json;

use crate::consent::user::{authorized, mail, open, provider};
use crate::stage::{SOON, condition};

/// Also of a client that the provider does not know, a refresh token would be seen.
fn assert_unsent(simulators: [&Simulator; 2]) {
    for simulator in simulators {
        let sent = simulator.requests().into_iter().filter(|request| {
            request.parameter("grant_type").as_deref() == Some("refresh_token")
                || request.parameter("refresh_token").is_some()
        });
        assert_eq!(sent.count(), 0, "a refresh token was sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_never_sent_to_another_endpoint_or_as_another_client() {
    let (scene, simulator) = open("bound").await;
    let evil = provider(&scene).await;
    authorized(&scene, &simulator, mail(&simulator)).await;
    let changes = [
        json!({ "spec": { "endpoints": { "issuer": evil.issuer() } } }),
        json!({ "spec": { "endpoints": { "issuer": null, "token": evil.token_endpoint(), "authorization": evil.url("/authorize") } } }),
        json!({ "spec": { "endpoints": { "issuer": simulator.issuer(), "token": null, "authorization": null, "refresh": evil.url("/refresh") } } }),
        json!({ "spec": { "endpoints": { "refresh": null }, "client": { "id": "other" } } }),
    ];
    for change in changes {
        scene.change("mail", change.clone()).await;
        let connection = scene.until("mail", "Authorized", "False", "GrantMismatch").await;
        assert_eq!(condition(&connection, "Ready").0, "True", "the old token lives on: {change}");
        assert_unsent([&simulator, &evil]);
    }

    let params = DeleteParams::default();
    scene.connections().delete("mail", &params).await.expect("it is deleted");
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.expect("an answer").is_none()
    })
    .await;
    scene.apply("mail", mail(&evil)).await;
    scene.until("mail", "Authorized", "False", "GrantMismatch").await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.apply("witness", mail(&evil)).await;
    scene.until("witness", "Authorized", "False", "AuthorizationRequired").await;
    assert_unsent([&simulator, &evil]);
    scene
        .change("mail", json!({ "spec": { "endpoints": { "issuer": simulator.issuer() } } }))
        .await;

    scene.change("mail", json!({ "spec": { "client": { "id": "mail" } } })).await;
    scene.until("mail", "Authorized", "True", "Authorized").await;
    scene.until_issued("mail").await;
}
