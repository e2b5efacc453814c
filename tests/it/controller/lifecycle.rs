//! From a manifest to a token that stays fresh.

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::{Value, json};

use crate::keys::fixtures;
use crate::stage::{Scene, uid};

/// A JWT Connection to the simulator, signing with a PEM key.
pub fn jwt(simulator: &Simulator) -> Value {
    json!({
        "flow": "JWT",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": "client" },
        "scopes": ["api"],
        "assertion": { "claims": { "sub": "integration@example.com" }, "keystoreRef": { "name": "keystore" } },
    })
}

pub async fn open(prefix: &str) -> (Scene, Simulator) {
    let scene = Scene::open(prefix).await;
    let simulator = Simulator::start().expect("the simulator starts");
    put_keystore(&scene).await;
    (scene, simulator)
}

/// The keystore that the Connections of [`jwt`] sign with.
pub async fn put_keystore(scene: &Scene) {
    let (key, certificate) = (fixtures::bytes("rsa.p8.pem"), fixtures::bytes("rsa.crt.pem"));
    scene.put_secret("keystore", &[("tls.key", &key), ("tls.crt", &certificate)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_becomes_a_token_in_a_secret_and_is_renewed() {
    let (scene, simulator) = open("lifecycle").await;
    simulator.otherwise(
        Behavior::token()
            .lifetime(4.0)
            .field("instance_url", json!("https://example.my.salesforce.com")),
    );
    let connection = scene.apply("crm", jwt(&simulator)).await;
    let issued = scene.until_issued("crm").await;
    let data = scene.data("crm-token").await.expect("the token Secret is there");
    let token = &data["access_token"];
    assert_eq!(data["authorization"], format!("Authorization: Bearer {token}"));
    assert_eq!(data["token_type"], "Bearer");
    assert_eq!(data["instance_url"], "https://example.my.salesforce.com");
    let group = issued.status.unwrap().connection_group.unwrap();
    assert_eq!(group.subject.as_deref(), Some("integration@example.com"));
    assert_eq!(group.expiry_source.as_deref(), Some("Response"));
    assert_eq!(group.secret_name.as_deref(), Some("crm-token"));
    let owner = scene.secrets().get("crm-token").await.unwrap().metadata.owner_references.unwrap();
    assert_eq!(owner[0].uid, uid(&connection));
    scene.until_renewed("crm-token", Some(token)).await;
    scene.assert_no_leak(&simulator.secrets()).await;
}
