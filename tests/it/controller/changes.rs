//! What brings a new token, and what does not.

use rig::simulator::Simulator;
use rig::simulator::ledger::Outcome;
use serde_json::{Value, json};

use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::keys::fixtures;
use crate::stage::{SOON, Scene};

fn certificate(name: &str) -> String {
    String::from_utf8(fixtures::bytes(&format!("{name}.crt.pem"))).unwrap()
}

async fn put_keystore(scene: &Scene, key: &str) {
    let files = [("tls.key", format!("{key}.p8.pem")), ("tls.crt", format!("{key}.crt.pem"))];
    let bytes = files.map(|(name, file)| (name, fixtures::bytes(&file)));
    let data = bytes.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect::<Vec<_>>();
    scene.put_secret("keystore", &data).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_requests_a_token_signed_with_the_new_key() {
    let (scene, simulator) = open("rotation").await;
    simulator.register("client", &certificate("rsa")).unwrap();
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let old = scene.until_renewed("crm-token", None).await;

    simulator.register("client", &certificate("rsa3072")).unwrap();
    put_keystore(&scene, "rsa3072").await;
    let new = scene.until_renewed("crm-token", Some(&old)).await;
    let requests = simulator.requests();
    assert_eq!(requests.len(), 2, "one request for the new key");
    assert_eq!(requests[1].outcome, Outcome::Token(new.into()), "the new key's signature is good");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_without_a_certificate_is_detected() {
    let (scene, simulator) = open("bare-key").await;
    let mut spec = jwt(&simulator);
    spec["assertion"]["keystoreRef"]["name"] = json!("bare");
    for key in ["rsa", "rsa3072"] {
        simulator.register("client", &certificate(key)).unwrap();
        let old = scene.data("crm-token").await.unwrap_or_default().remove("access_token");
        let pem = fixtures::bytes(&format!("{key}.p8.pem"));
        scene.put_secret("bare", &[("keystore.pem", &pem)]).await;
        scene.apply("crm", spec.clone()).await;
        scene.until_renewed("crm-token", old.as_deref()).await;
    }
    assert_eq!(simulator.count(), 2, "one request for each key");
}

/// A PKCS#12 keystore with the key `rsa`, under a password.
fn pkcs12(password: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    for file in ["rsa.p8.pem", "rsa.crt.pem"] {
        std::fs::write(dir.path().join(file), fixtures::bytes(file)).unwrap();
    }
    let password = format!("pass:{password}");
    let words = ["pkcs12", "-export", "-inkey", "rsa.p8.pem", "-in", "rsa.crt.pem", "-passout"];
    fixtures::run(dir.path(), "openssl", &[&words[..], &[&password]].concat(), b"")
}

async fn put_pkcs12(scene: &Scene, password: &str) {
    let data = [("keystore.p12", &*pkcs12(password)), ("password", password.as_bytes())];
    scene.put_secret("store", &data).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_keystore_with_the_same_key_requests_no_token() {
    let (scene, simulator) = open("resaved").await;
    let metronome = Metronome::start(&scene).await;
    put_pkcs12(&scene, "canary-first").await;
    let mut spec = jwt(&simulator);
    spec["assertion"]["keystoreRef"]["name"] = json!("store");
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;

    put_pkcs12(&scene, "canary-second").await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1, "another password is no other key");
    scene.change_secret("store", json!({ "metadata": { "labels": { "team": "crm" } } })).await;
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1, "a label is no other key");

    put_pkcs12(&scene, "canary-third").await;
    scene.annotate("crm", "connection-operator.io/renew-requested-at", "1").await;
    assert!(simulator.wait_for(2, SOON).await, "the keystore is usable all the while");
    let secrets = ["canary-first", "canary-second", "canary-third"].map(str::to_owned);
    scene.assert_no_leak(&[&secrets[..], &simulator.secrets()].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_request_field_requests_a_token_with_it() {
    let (scene, simulator) = open("claims").await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let changes = [
        ("a claim", json!({ "assertion": { "claims": { "sub": "another@example.com" } } })),
        ("a further claim", json!({ "assertion": { "claims": { "roles": ["a", { "b": 1 }] } } })),
        ("the scopes", json!({ "scopes": ["api", "web"] })),
        ("a parameter", json!({ "parameters": { "resource": "https://api.example.com" } })),
        ("the client", json!({ "client": { "id": "another" } })),
        ("the endpoint", json!({ "endpoints": { "token": simulator.url("/another") } })),
        ("the algorithm", json!({ "assertion": { "algorithm": "PS384" } })),
        ("the header", json!({ "assertion": { "header": { "kid": "key-1" } } })),
    ];
    let count = changes.len();
    for (index, (what, spec)) in changes.into_iter().enumerate() {
        let old = scene.until_renewed("crm-token", None).await;
        scene.change("crm", json!({ "spec": spec })).await;
        scene.until_renewed("crm-token", Some(&old)).await;
        assert_eq!(simulator.count(), index + 2, "one request for a change of {what}");
    }
    let last = &simulator.requests()[count];
    let claims = last.claims().unwrap();
    assert_eq!(
        (&claims["sub"], &claims["iss"]),
        (&json!("another@example.com"), &json!("another"))
    );
    assert_eq!(claims["roles"], json!(["a", { "b": 1 }]));
    let header = last.header().unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&json!("PS384"), &json!("key-1")));
    assert_eq!(last.parameter("scope").as_deref(), Some("api web"));
    assert_eq!(last.parameter("resource").as_deref(), Some("https://api.example.com"));
    assert_eq!(&*last.path, "/another");
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_any_other_field_requests_no_token() {
    let (scene, simulator) = open("unrelated").await;
    let metronome = Metronome::start(&scene).await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let label = || json!({ "metadata": { "labels": { "team": "crm" } } });
    let changes: [(&str, Value); 5] = [
        ("a label", label()),
        ("an annotation", json!({ "metadata": { "annotations": { "note": "mine" } } })),
        ("when it is renewed", json!({ "spec": { "refresh": { "beforeSeconds": 60 } } })),
        ("labels of the Secret", json!({ "spec": { "secret": { "labels": { "a": "b" } } } })),
        ("how answers are shown", json!({ "spec": { "suspend": false } })),
    ];
    for (what, change) in changes {
        scene.change("crm", change).await;
        metronome.beats(2).await;
        assert_eq!(simulator.count(), 1, "no request for a change of {what}");
        scene.until_issued("crm").await;
    }
    for secret in ["keystore", "crm-token"] {
        scene.change_secret(secret, label()).await;
        metronome.beats(2).await;
        assert_eq!(simulator.count(), 1, "no request for a label on the Secret {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_renewal_time_follows_the_spec() {
    let (scene, simulator) = open("schedule").await;
    scene.apply("crm", jwt(&simulator)).await;
    let rest = async |simulator: &Simulator| {
        let issued = scene.until_issued("crm").await;
        let group = issued.status.unwrap().connection_group.unwrap();
        assert_eq!(simulator.count(), 1);
        group.next_refresh_at.unwrap().duration_since(group.issued_at.unwrap()).as_secs()
    };
    let two_thirds = rest(&simulator).await;
    assert!((2155..=2401).contains(&two_thirds), "{two_thirds} s");
    scene.change("crm", json!({ "spec": { "refresh": { "beforeSeconds": 600 } } })).await;
    assert!((2700..=3001).contains(&rest(&simulator).await));
    scene.change("crm", json!({ "spec": { "refresh": { "everySeconds": 90 } } })).await;
    assert!((80..=91).contains(&rest(&simulator).await));
}
