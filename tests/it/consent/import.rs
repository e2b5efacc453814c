//! A refresh token that one has already.

use serde_json::json;

use crate::consent::user::{CLIENT, mail, open};

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_refresh_token_is_imported_once_and_then_rotates() {
    let (scene, simulator) = open("import").await;
    let token = simulator.refresh_token(CLIENT, Some("openid mail.send"));
    let mut spec = mail(&simulator);
    spec["authorization"] =
        json!({ "refreshTokenRef": { "name": "mail-import", "key": "refresh_token" } });
    scene.apply("mail", spec).await;
    scene.until("mail", "Refreshed", "False", "SecretNotFound").await;
    scene.put_secret("mail-import", &[("refresh_token", token.as_bytes())]).await;
    scene.until_issued("mail").await;
    let old = scene.until_renewed("mail-token", None).await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.until_renewed("mail-token", Some(&old)).await;
    assert_eq!(simulator.presentations().len(), 2);
    assert_eq!(simulator.reuses(), 0, "the imported one is not sent again");
    scene.assert_no_leak(&[simulator.secrets(), vec![token]].concat()).await;
}
