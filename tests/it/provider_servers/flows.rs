//! The flows ClientCredentials and JWTClientAssertion.

use rig::servers::config::Client;
use serde_json::{Value, json};

use super::server::{Server, claim, header};
use super::trial::{CLIENT_SECRET, Trial, certificate, with};

fn credentials(server: &Server, id: &str, authentication: &str) -> Value {
    json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": server.token_endpoint() },
        "client": { "id": id, "secretRef": { "name": server.name }, "authentication": authentication },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_result_in_a_token_with_the_correct_secret() {
    let post = Client {
        auth_method: Some("client_secret_post".to_owned()),
        ..Client::secret_basic("post", CLIENT_SECRET)
    };
    let clients = vec![Client::secret_basic("basic", CLIENT_SECRET), post];
    let trial = Trial::open("credentials", clients).await;
    let scene = &trial.scene;
    for server in &trial.servers {
        scene.put_secret(server.name, &[("client_secret", b"canary-that-is-no-good")]).await;
        for (id, authentication) in [("basic", "ClientSecretBasic"), ("post", "ClientSecretPost")] {
            let name = format!("{}-{id}", server.name);
            scene.apply(&name, credentials(server, id, authentication)).await;
            scene.until(&name, "Ready", "False", "ClientRejected").await;
        }
        scene.put_secret(server.name, &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
        for id in ["basic", "post"] {
            let name = format!("{}-{id}", server.name);
            scene.until_issued(&name).await;
        }
        assert_eq!(server.last_accepted().grant_type.as_deref(), Some("client_credentials"));
    }
    scene.demand_no_leak(&["canary-that-is-no-good".to_owned()]).await;
    trial.end().await;
}

fn asserted(server: &Server, secret: &str) -> Value {
    json!({
        "flow": "JWTClientAssertion",
        "endpoints": { "token": server.token_endpoint() },
        "client": { "id": "app" },
        "assertion": { "keystoreRef": { "name": secret }, "header": { "thumbprints": ["x5t#S256"] } },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_assertion_results_in_a_token_only_with_the_registered_key() {
    let client = Client::private_key_jwt("app", &certificate("rsa"));
    let trial = Trial::open("client-assertion", vec![client]).await;
    for server in &trial.servers {
        trial.put_key_as(server.name, "rsa3072").await;
        trial.scene.apply(server.name, asserted(server, server.name)).await;
        trial.scene.until(server.name, "Ready", "False", "AssertionRejected").await;
        trial.put_key_as(server.name, "rsa").await;
        trial.scene.until_issued(server.name).await;
        let request = server.last_accepted();
        assert_eq!(request.grant_type.as_deref(), Some("client_credentials"));
        let expected = ["client_assertion", "client_assertion_type", "client_id", "grant_type"];
        assert_eq!(request.parameters, expected);
        assert_eq!((claim(&request, "iss"), claim(&request, "sub")), ("app".into(), "app".into()));
        let registered = request.registered_thumbprints.as_ref().expect("a certificate");
        assert_eq!(header(&request, "x5t#S256"), registered["x5t#S256"]);
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_client_assertion_is_rejected() {
    let client = Client::private_key_jwt("app", &certificate("rsa"));
    let trial = Trial::open("replayed-client", vec![client]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let signing = asserted(server, "rsa");
        let name = format!("{}-first", server.name);
        trial.scene.apply(&name, signing.clone()).await;
        trial.scene.until_issued(&name).await;
        let used = server.last_accepted().assertion.expect("an assertion");
        trial.scene.put_secret(server.name, &[("jwt", used.as_bytes())]).await;
        let static_assertion = json!({ "assertion": { "keystoreRef": null, "header": null,
            "valueFrom": { "secretKeyRef": { "name": server.name, "key": "jwt" } } } });
        trial.scene.apply(server.name, with(signing.clone(), &static_assertion)).await;
        trial.scene.until(server.name, "Ready", "False", "AssertionRejected").await;
        trial.scene.apply(server.name, signing).await;
        trial.scene.until_issued(server.name).await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_assertion_with_another_audience_or_algorithm_is_rejected() {
    let client = Client {
        algorithms: Some(vec!["RS256".to_owned()]),
        ..Client::private_key_jwt("app", &certificate("rsa"))
    };
    let trial = Trial::open("misdirected-client", vec![client]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let good = asserted(server, "rsa");
        let audience = json!({ "claims": { "aud": "https://elsewhere.example.com" } });
        // Authlib does not restrict the algorithms of a client.
        let algorithm = (server.name == "oidc").then(|| json!({ "algorithm": "PS256" }));
        for wrong in [audience].into_iter().chain(algorithm) {
            let bad = with(good.clone(), &json!({ "assertion": wrong }));
            trial.scene.apply(server.name, bad).await;
            trial.scene.until(server.name, "Refreshed", "False", "AssertionRejected").await;
            trial.scene.apply(server.name, good.clone()).await;
            trial.scene.until(server.name, "Refreshed", "True", "TokenIssued").await;
        }
    }
    trial.end().await;
}
