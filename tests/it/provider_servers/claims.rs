//! The claims of the assertion.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::claim;
use super::trial::{Trial, bearer, jwt, with};

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_every_type_are_sent_unchanged() {
    let claims = json!({
        "text": "Grüße, \"quoted\" and \\ more", "empty": "", "whole": 9_007_199_254_740_991_i64,
        "negative": -7, "share": 0.25, "yes": true, "no": false, "list": ["a", 1, false, ["b"]],
        "object": { "inner": { "deep": [1, 2] }, "name": "x" },
        "https://example.com/roles": ["reader"],
    });
    let trial = Trial::open("claims", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let spec = with(jwt(server, "app", "rsa"), &json!({ "assertion": { "claims": claims } }));
        trial.scene.apply(server.name, spec).await;
        trial.scene.until_issued(server.name).await;
        let request = server.last_accepted();
        for (name, value) in claims.as_object().unwrap() {
            assert_eq!(claim(&request, name), *value, "{}: {name}", server.name);
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_subject_audience_and_times_have_their_defaults() {
    let trial = Trial::open("default-claims", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let spec = with(
            jwt(server, "app", "rsa"),
            &json!({ "assertion": { "claims": null, "lifetimeSeconds": 90, "generatedClaims": ["iat", "jti", "nbf"] } }),
        );
        trial.scene.apply(server.name, spec).await;
        trial.scene.until_issued(server.name).await;
        let request = server.last_accepted();
        assert_eq!(claim(&request, "iss"), "app");
        assert_eq!(claim(&request, "sub"), "app");
        assert_eq!(claim(&request, "aud"), server.token_endpoint());
        let seconds = |name| claim(&request, name).as_i64().expect("whole seconds");
        assert_eq!(seconds("exp") - seconds("iat"), 90);
        assert_eq!(seconds("nbf"), seconds("iat"));
        assert!(
            (request.time - claim(&request, "iat").as_f64().unwrap()).abs() < 30.0,
            "the JWT was signed for this request"
        );
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_a_new_assertion() {
    let trial = Trial::open("jti", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        trial.scene.apply(server.name, jwt(server, "app", "rsa")).await;
        trial.scene.until_issued(server.name).await;
        let secret = format!("{}-token", server.name);
        for renewal in ["once", "twice"] {
            let old = trial.scene.data(&secret).await.expect("a token")["access_token"].clone();
            trial
                .scene
                .annotate(server.name, "connection-operator.io/renew-requested-at", renewal)
                .await;
            trial.scene.until_renewed(&secret, Some(&old)).await;
        }
        let requests = server.requests();
        let ids: BTreeSet<String> =
            requests.iter().map(|request| claim(request, "jti").to_string()).collect();
        assert_eq!((requests.len(), ids.len()), (3, 3), "{}", server.name);
        assert!(
            requests
                .iter()
                .all(|request| claim(request, "jti") != Value::Null && request.status == 200)
        );
    }
    trial.end().await;
}
