//! A grant goes only where, and as whom, it was issued to.

use serde_json::json;

use crate::consent::person::{authorized, mail, open, provider};
use crate::stage::condition;

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_never_sent_to_another_endpoint_or_as_another_client() {
    let (scene, simulator) = open("bound").await;
    let evil = provider(&scene).await;
    authorized(&scene, &simulator, mail(&simulator)).await;
    let sent = simulator.count();
    let changes = [
        json!({ "spec": { "endpoints": { "issuer": evil.issuer() } } }),
        json!({ "spec": { "endpoints": { "issuer": null, "token": evil.token_endpoint(), "authorization": evil.url("/authorize") } } }),
        json!({ "spec": { "endpoints": { "issuer": simulator.issuer(), "token": null, "authorization": null, "refresh": evil.url("/refresh") } } }),
        json!({ "spec": { "endpoints": { "refresh": null }, "client": { "id": "other" } } }),
    ];
    for change in changes {
        scene.change("mail", change.clone()).await;
        let connection = scene.until("mail", "Authorized", "False", "GrantOfAnother").await;
        assert_eq!(condition(&connection, "Ready").0, "True", "the old token lives on: {change}");
        assert!(evil.presentations().is_empty(), "{change}");
    }
    assert_eq!(simulator.presentations().len(), 1, "the code, and nothing since");
    assert!(simulator.count() >= sent);

    scene.change("mail", json!({ "spec": { "client": { "id": "mail" } } })).await;
    scene.until("mail", "Authorized", "True", "Authorized").await;
    scene.until_issued("mail").await;
}
