//! Client secrets and additional parameters in requests with an assertion.

use rig::servers::config::Client;
use serde_json::json;

use super::trial::{CLIENT_SECRET, Trial, bearer, jwt, with};

fn with_secret(id: &str, method: &str) -> Client {
    Client {
        client_secret: Some(CLIENT_SECRET.to_owned()),
        auth_method: Some(method.to_owned()),
        ..bearer(id, "rsa")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_is_sent_in_the_header_or_in_the_body() {
    let clients = vec![
        with_secret("basic", "client_secret_basic"),
        with_secret("post", "client_secret_post"),
    ];
    let trial = Trial::open("client-secret", clients).await;
    trial.put_key("rsa").await;
    let scene = &trial.scene;
    scene.put_secret("client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
    for server in &trial.servers {
        for (id, authentication) in [("basic", "ClientSecretBasic"), ("post", "ClientSecretPost")] {
            let client = json!({ "client": { "secretRef": { "name": "client" }, "authentication": authentication } });
            let name = format!("{}-{id}", server.name);
            scene.apply(&name, with(jwt(server, id, "rsa"), &client)).await;
            scene.until_issued(&name).await;
            let request = server.last_accepted_of(id);
            let in_body = request.parameters.iter().any(|name| name == "client_secret");
            let basic = request.authorization.as_deref() == Some("Basic");
            assert_eq!((basic, in_body), (id == "basic", id == "post"), "{name}");
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn additional_parameters_are_sent_and_secret_ones_are_not_leaked() {
    let trial = Trial::open("parameters", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    trial.scene.put_secret("extra", &[("api-key", b"canary-parameter-value")]).await;
    for server in &trial.servers {
        let additional = json!({
            "parameters": { "tenant": "north", "resource_kind": "crm" },
            "parametersFrom": [
                { "name": "api_key", "secretKeyRef": { "name": "extra", "key": "api-key" } },
            ],
        });
        trial.scene.apply(server.name, with(jwt(server, "app", "rsa"), &additional)).await;
        trial.scene.until_issued(server.name).await;
        let request = server.last_accepted();
        let expected =
            ["api_key", "assertion", "client_id", "grant_type", "resource_kind", "tenant"];
        assert_eq!(request.parameters, expected, "{}", server.name);
        assert_eq!(
            request.content_type.as_deref(),
            Some("application/x-www-form-urlencoded"),
            "{}",
            server.name
        );
    }
    trial.scene.demand_no_leak(&["canary-parameter-value".to_owned()]).await;
    trial.end().await;
}
