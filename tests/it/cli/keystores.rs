//! `keystores`.

use serde_json::json;

use super::plugin::Plugin;
use crate::keys::fixtures::{self, KEY, STORE};
use crate::stage::Scene;

async fn put(scene: &Scene, secret: &str, entries: &[(&str, &[u8])]) {
    scene.put_secret(secret, entries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keystores_of_a_namespace_are_found_and_opened() {
    let scene = Scene::open("cli-keystores").await;
    let plugin = Plugin::of(&scene);
    put(&scene, "plain", &[("user", b"me"), ("password", b"s3cr3t-of-mine")]).await;
    let text = plugin.answer(0, &["keystores"]).await;
    assert!(text.starts_with("No Secret of namespace ") && text.contains("keystore.p12"), "{text}");

    let (p12, jks) = (fixtures::bytes("multi.p12"), fixtures::bytes("multi.jks"));
    let (key, certificate) = (fixtures::bytes("rsa.p8.pem"), fixtures::bytes("rsa.crt.pem"));
    put(&scene, "good", &[("keystore.p12", &p12), ("password", STORE.as_bytes())]).await;
    put(&scene, "wrong", &[("keystore.p12", &p12), ("password", b"not it")]).await;
    put(&scene, "odd", &[("crm.store", &jks), ("pass", STORE.as_bytes()), ("kp", KEY.as_bytes())])
        .await;
    put(&scene, "pair", &[("tls.key", &key), ("tls.crt", &certificate)]).await;
    put(&scene, "broken", &[("keystore.jks", b"no keystore at all")]).await;
    scene
        .apply(
            "crm",
            json!({ "flow": "JWT", "client": { "id": "client" }, "suspend": true,
            "endpoints": { "token": "https://login.example.com/token" },
            "assertion": { "keystoreRef": { "name": "odd", "key": "crm.store",
                "passwordKey": "pass", "keyPasswordKey": "kp" }, "keyAlias": "rsa2048" } }),
        )
        .await;

    let text = plugin.answer(0, &["keystores"]).await;
    let row = |name: &str| {
        let found = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        found.unwrap_or_else(|| panic!("{name} is not in\n{text}")).to_owned()
    };
    assert!(row("good").contains("PKCS#12") && row("good").contains("rsa2048"), "{text}");
    assert!(row("odd").contains("JKS") && row("odd").ends_with("crm"), "{text}");
    assert!(row("pair").contains("PEM"), "{text}");
    assert!(text.contains("wrong (keystore.p12): keystore: the store password is wrong"), "{text}");
    assert!(text.contains("broken (keystore.jks): keystore: the keystore is not in"), "{text}");
    assert!(!text.contains("plain"), "{text}");
    assert!(!text.contains(STORE) && !text.contains("PRIVATE KEY-----"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keystore_shows_aliases_kinds_thumbprints_and_expiry() {
    let scene = Scene::open("cli-keystore").await;
    let plugin = Plugin::of(&scene);
    let p12 = fixtures::bytes("multi.p12");
    put(&scene, "good", &[("keystore.p12", &p12), ("password", STORE.as_bytes())]).await;
    let found = plugin.json(0, &["keystores", "good"]).await;
    let entries = found[0]["entries"].as_array().unwrap();
    let entry = |alias: &str| {
        let same = |item: &&serde_json::Value| {
            item["alias"].as_str().is_some_and(|item| item.eq_ignore_ascii_case(alias))
        };
        entries.iter().find(same).unwrap_or_else(|| panic!("{alias} is not in {found}")).clone()
    };
    for (alias, kind) in [
        ("rsa2048", "RSA-2048"),
        ("ec256", "EC P-256"),
        ("ec384", "EC P-384"),
        ("ed25519", "Ed25519"),
    ] {
        let one = entry(alias);
        assert_eq!((&one["kind"], &one["keyType"]), (&json!("PrivateKey"), &json!(kind)));
        assert_eq!(one["x5t"].as_str().unwrap().len(), 27, "{one}");
        assert_eq!(one["x5tS256"].as_str().unwrap().len(), 43, "{one}");
        assert!(one["subject"].as_str().unwrap().contains(alias), "{one}");
    }
    let trusted = entry("trust1");
    assert_eq!(trusted["kind"], "TrustedCertificate");
    assert!(trusted["notAfter"].is_string(), "{trusted}");
    let text = plugin.answer(0, &["keystores", "good"]).await;
    assert!(text.contains("used by no Connection") && text.contains("X5T#S256"), "{text}");

    put(&scene, "plain", &[("user", b"me")]).await;
    for (name, expected) in [("plain", "holds no keystore"), ("nobody", "there is no Secret")] {
        let said = plugin.run(&["keystores", name]).await;
        assert!(said.code == 1 && said.stderr.contains(expected), "{said:?}");
    }
    put(&scene, "wrong", &[("keystore.p12", &p12)]).await;
    let text = plugin.answer(1, &["keystores", "wrong"]).await;
    assert!(text.contains("✗ keystore: the keystore requires a password"), "{text}");
}
