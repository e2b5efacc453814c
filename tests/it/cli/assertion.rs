//! `assertion`.

use jsonwebtoken::dangerous::insecure_decode;
use rig::simulator::Simulator;
use serde_json::{Value, json};

use super::plugin::Plugin;
use crate::controller::lifecycle::{jwt, open};
use crate::keys::fixtures;
use crate::stage::Scene;

const READ: (&str, &str, &[&str]) = ("connection-operator.io", "connections", &["get"]);

fn claims(token: &str) -> Value {
    insecure_decode::<Value>(token.trim()).expect("a JWT").claims
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shown_assertion_equals_the_sent_one() {
    let (scene, simulator) = open("cli-assertion").await;
    let mut spec = jwt(&simulator);
    spec["assertion"]["header"] = json!({ "kid": "key-1", "thumbprints": ["x5t#S256"] });
    spec["assertion"]["claims"]["tenant"] = json!({ "id": 7 });
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;
    let plugin = Plugin::as_admin(&scene);
    let shown = plugin.json(0, &["assertion", "crm"]).await;
    let sent = simulator.requests()[0].parameter("assertion").expect("an assertion");
    let mut sent_claims = claims(&sent);
    let sent_header = insecure_decode::<Value>(&sent).unwrap().header;
    assert_eq!(shown[0]["parameter"], "assertion");
    assert_eq!(shown[0]["header"]["kid"], "key-1");
    assert_eq!(shown[0]["header"]["x5t#S256"].as_str(), sent_header.x5t_s256.as_deref());
    let mut shown_claims = shown[0]["claims"].clone();
    for time in ["exp", "iat", "jti", "nbf"] {
        let remove = |claims: &mut Value| claims.as_object_mut().unwrap().remove(time).is_some();
        assert_eq!(remove(&mut shown_claims), remove(&mut sent_claims), "{time}");
    }
    assert_eq!(shown_claims, sent_claims);

    let text = plugin.stdout(0, &["assertion", "crm"]).await;
    assert!(text.contains("\"sub\": \"integration@example.com\""), "{text}");
    assert!(!text.contains("eyJ"), "the signed JWT is shown only with --raw: {text}");
    let raw = plugin.stdout(0, &["assertion", "crm", "--raw"]).await;
    assert_eq!((raw.lines().count(), claims(&raw)["tenant"]["id"].clone()), (1, json!(7)));
    assert_eq!(simulator.count(), 1, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_assertions_of_the_grant_and_of_the_client_are_shown() {
    let (scene, simulator) = open("cli-assertions").await;
    let mut spec = jwt(&simulator);
    spec["client"] = json!({ "id": "app", "authentication": "PrivateKeyJWT",
        "assertion": { "keystoreRef": { "name": "keystore" } } });
    scene.apply("crm", spec).await;
    scene
        .apply(
            "own",
            json!({ "flow": "JWTClientAssertion", "client": { "id": "own" },
        "endpoints": { "token": simulator.token_endpoint() },
        "assertion": { "keystoreRef": { "name": "keystore" } } }),
        )
        .await;
    let plugin = Plugin::as_admin(&scene);
    let shown = plugin.json(0, &["assertion", "crm"]).await;
    assert_eq!([&shown[0]["parameter"], &shown[1]["parameter"]], ["assertion", "client_assertion"]);
    let raw = plugin.stdout(0, &["assertion", "crm", "--raw", "--client"]).await;
    assert_eq!(claims(&raw)["sub"], "app");
    let raw = plugin.stdout(0, &["assertion", "own", "--raw"]).await;
    assert_eq!(claims(&raw)["iss"], "own");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_those_of_the_operator() {
    let scene = Scene::open("cli-no-assertion").await;
    let simulator = Simulator::start().unwrap();
    let keystore =
        [("keystore.p12", fixtures::bytes("ossl.default.p12")), ("password", b"no".to_vec())];
    let keystore = keystore.each_ref().map(|(name, value)| (*name, &value[..]));
    scene.apply("crm", jwt(&simulator)).await;
    scene.put_secret("client", &[("client_secret", b"s3cr3t-of-the-client")]).await;
    scene
        .apply(
            "plain",
            json!({ "flow": "ClientCredentials",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": "app", "secretRef": { "name": "client" } } }),
        )
        .await;
    let plugin = Plugin::as_admin(&scene);
    let assert_error = async |plugin: &Plugin, name: &str, expected: &str| {
        let output = plugin.run(&["assertion", name]).await;
        assert!(output.code == 1 && output.stderr.contains(expected), "{expected}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    };
    assert_error(&plugin, "crm", "Secret `keystore` does not exist").await;
    assert_error(&plugin, "plain", "sends no assertion").await;
    scene.put_secret("keystore", &keystore).await;
    assert_error(&plugin, "crm", "(KeystorePasswordInvalid)").await;
    let reader = Plugin::with_permissions(&scene, "reader", &[READ]).await;
    assert_error(&reader, "crm", "(forbidden): ask for a role that allows it").await;
}
