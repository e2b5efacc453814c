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
    let plugin = Plugin::as_admin(&scene);
    put(&scene, "plain", &[("user", b"me"), ("password", b"s3cr3t-of-mine")]).await;
    let text = plugin.stdout(0, &["keystores"]).await;
    assert!(
        text.starts_with("No keystores found in namespace ") && text.contains("keystore.p12"),
        "{text}"
    );

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

    let text = plugin.stdout(0, &["keystores"]).await;
    let row = |name: &str| {
        let found = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        found.unwrap_or_else(|| panic!("{name} is not in\n{text}")).to_owned()
    };
    assert!(row("good").contains("PKCS#12") && row("good").contains("rsa2048"), "{text}");
    assert!(row("odd").contains("JKS") && row("odd").ends_with("crm"), "{text}");
    assert!(row("pair").contains("PEM"), "{text}");
    assert!(text.contains("wrong (keystore.p12): keystore: the store password is wrong"), "{text}");
    assert!(
        text.contains(
            "broken (keystore.jks): keystore: the keystore is not in PEM, JKS or PKCS#12 format"
        ),
        "{text}"
    );
    assert!(!text.contains("plain"), "{text}");
    assert!(!text.contains(STORE) && !text.contains("PRIVATE KEY-----"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keystore_shows_aliases_types_thumbprints_and_expiry_dates() {
    let scene = Scene::open("cli-keystore").await;
    let plugin = Plugin::as_admin(&scene);
    let p12 = fixtures::bytes("multi.p12");
    put(&scene, "good", &[("keystore.p12", &p12), ("password", STORE.as_bytes())]).await;
    let found = plugin.json(0, &["keystores", "good"]).await;
    let entries = found[0]["entries"].as_array().unwrap();
    let entry = |alias: &str| {
        let matches = |entry: &&serde_json::Value| {
            entry["alias"].as_str().is_some_and(|other| other.eq_ignore_ascii_case(alias))
        };
        entries.iter().find(matches).unwrap_or_else(|| panic!("{alias} is not in {found}")).clone()
    };
    for (alias, kind) in [
        ("rsa2048", "RSA-2048"),
        ("ec256", "EC P-256"),
        ("ec384", "EC P-384"),
        ("ed25519", "Ed25519"),
    ] {
        let entry = entry(alias);
        assert_eq!((&entry["kind"], &entry["keyType"]), (&json!("PrivateKey"), &json!(kind)));
        assert_eq!(entry["x5t"].as_str().unwrap().len(), 27, "{entry}");
        assert_eq!(entry["x5tS256"].as_str().unwrap().len(), 43, "{entry}");
        assert!(entry["subject"].as_str().unwrap().contains(alias), "{entry}");
    }
    let trusted = entry("trust1");
    assert_eq!(trusted["kind"], "TrustedCertificate");
    assert!(trusted["notAfter"].is_string(), "{trusted}");
    let text = plugin.stdout(0, &["keystores", "good"]).await;
    assert!(text.contains("used by no Connection") && text.contains("X5T#S256"), "{text}");

    put(&scene, "plain", &[("user", b"me")]).await;
    for (name, expected) in
        [("plain", "has no keystore"), ("missing", "Secret `missing` not found")]
    {
        let output = plugin.run(&["keystores", name]).await;
        assert!(output.code == 1 && output.stderr.contains(expected), "{output:?}");
    }
    put(&scene, "wrong", &[("keystore.p12", &p12)]).await;
    let text = plugin.stdout(1, &["keystores", "wrong"]).await;
    assert!(
        text.contains("✗ keystore: the keystore requires a password: add it to the Secret"),
        "{text}"
    );
}
