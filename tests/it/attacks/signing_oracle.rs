//! A user who may write Connections, and not read Secrets, lets the operator sign for them with
//! another application's key.

use rig::simulator::Simulator;
use rig::simulator::ledger::TokenRequest;
use serde_json::{Value, json};

use crate::attacks::installation::{at_another_host, restrict_to_hosts, tenant};
use crate::controller::lifecycle::put_keystore;
use crate::keys::fixtures;
use crate::stage::message;

/// Every field of the spec by which a key signs, with a spec that uses it.
fn ways(endpoint: &str) -> Vec<(&'static str, Value)> {
    let keystore = json!({ "keystoreRef": { "name": "keystore" } });
    let spec = |flow: &str, client: Value, assertion: Value| {
        let endpoints = json!({ "token": endpoint });
        let mut spec = json!({ "flow": flow, "endpoints": endpoints, "client": client });
        if !assertion.is_null() {
            spec["assertion"] = assertion;
        }
        spec
    };
    let id = json!({ "id": "victim" });
    let by_key = json!({ "id": "victim", "authentication": "PrivateKeyJWT" });
    let by_own_key =
        json!({ "id": "victim", "authentication": "PrivateKeyJWT", "assertion": keystore });
    let impersonating =
        json!({ "keystoreRef": { "name": "keystore" }, "claims": { "sub": "ceo@example.com" } });
    vec![
        ("spec.assertion.keystoreRef", spec("JWT", id.clone(), impersonating)),
        ("spec.assertion.keystoreRef", spec("JWTClientAssertion", id, keystore.clone())),
        ("spec.assertion.keystoreRef", spec("ClientCredentials", by_key, keystore)),
        ("spec.client.assertion.keystoreRef", spec("ClientCredentials", by_own_key, Value::Null)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_signs_with_another_applications_key_for_the_authors_endpoint() {
    let scene = tenant("oracle").await;
    let (honest, evil) = (Simulator::start().unwrap(), Simulator::start().unwrap());
    put_keystore(&scene).await;
    // At first it has no allowed hosts, then its owner sets the host that the key is for.
    for pinned in [false, true] {
        if pinned {
            restrict_to_hosts(&scene, "keystore", "127.0.0.1").await;
        }
        for (index, (field, spec)) in
            ways(&at_another_host(&evil, "/collect")).into_iter().enumerate()
        {
            let name = format!("way-{index}");
            scene.apply(&name, spec).await;
            let denied = scene.until(&name, "Ready", "False", "EndpointNotAllowed").await;
            let text = message(&denied, "Ready");
            for words in [field, "Secret `keystore`", "connection-operator.io/allowed-hosts"] {
                assert!(text.contains(words), "{field}: no «{words}» in: {text}");
            }
        }
    }
    assert_eq!(evil.count(), 0, "nothing was signed for it");
    for (index, (_, spec)) in ways(&honest.token_endpoint()).into_iter().enumerate() {
        let name = format!("way-{index}");
        scene.apply(&name, spec).await;
        scene.until_issued(&name).await;
    }
    assert_eq!(evil.count(), 0, "nothing was signed for it");
    let pem = String::from_utf8(fixtures::bytes("rsa.p8.pem")).unwrap();
    let mut secrets: Vec<_> =
        pem.lines().filter(|line| line.len() == 64).map(str::to_owned).collect();
    secrets.extend(honest.secrets());
    secrets.extend(honest.requests().iter().filter_map(TokenRequest::assertion));
    scene.assert_no_leak(&secrets).await;
}
