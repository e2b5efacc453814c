//! Flow JWT with a client that authenticates by a JWT of its own.

use jsonwebtoken::dangerous::insecure_decode;
use rig::simulator::Simulator;
use serde_json::{Value, json};

use crate::keys::fixtures;
use crate::stage::Scene;

/// Header and claims of a JWT.
fn decoded(jwt: &str) -> (jsonwebtoken::Header, Value) {
    let data = insecure_decode::<Value>(jwt).expect("a JWT");
    (data.header, data.claims)
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_jwt_sends_two_assertions_signed_with_two_keys() {
    let scene = Scene::open("two-assertions").await;
    let simulator = Simulator::start().unwrap();
    for (name, key) in [("user", "rsa"), ("client", "p256")] {
        let (key, crt) = (format!("{key}.p8.pem"), format!("{key}.crt.pem"));
        let data = [("tls.key", fixtures::bytes(&key)), ("tls.crt", fixtures::bytes(&crt))];
        scene.put_secret(name, &data.each_ref().map(|(name, value)| (*name, &value[..]))).await;
    }
    let spec = json!({
        "flow": "JWT",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": {
            "id": "app",
            "authentication": "PrivateKeyJWT",
            "assertion": { "keystoreRef": { "name": "client" }, "generatedClaims": ["iat"] },
        },
        "assertion": { "keystoreRef": { "name": "user" }, "claims": { "sub": "user@example.com" } },
    });
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;
    let requests = simulator.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let of = |name: &str| decoded(&request.parameter(name).expect(name));
    let ((grant, user), (credential, client)) = (of("assertion"), of("client_assertion"));
    assert_eq!(
        (grant.alg, credential.alg),
        (jsonwebtoken::Algorithm::RS256, jsonwebtoken::Algorithm::ES256)
    );
    assert_eq!(
        (&user["sub"], &client["sub"], &client["iss"]),
        (&json!("user@example.com"), &json!("app"), &json!("app"))
    );
    assert!(client["jti"].is_string(), "a client's assertion is always unique");
    assert_ne!(user["jti"], client["jti"]);
    scene.assert_no_leak(&simulator.secrets()).await;
}
