//! Scopes in the body or in a claim, and scopes that are not granted.

use rig::servers::config::Client;
use serde_json::{Value, json};

use super::server::{Server, claim};
use super::trial::{CLIENT_SECRET, Trial, bearer, jwt, with};

fn granted(client: Client) -> Client {
    Client { scopes: Some(vec!["api".to_owned(), "read".to_owned()]), ..client }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_go_into_the_body_or_into_the_claim() {
    let trial = Trial::open("scope", vec![granted(bearer("app", "rsa"))]).await;
    trial.put_key("rsa").await;
    let scopes = json!({ "scopes": ["api", "read"] });
    for server in &trial.servers {
        let name = format!("{}-body", server.name);
        trial.scene.apply(&name, with(jwt(server, "app", "rsa"), &scopes)).await;
        trial.scene.until_issued(&name).await;
        let request = server.last_accepted();
        assert_eq!(request.scope.as_deref(), Some("api read"));
        assert_eq!(claim(&request, "scope"), Value::Null);
        let data = trial.scene.data(&format!("{name}-token")).await.expect("a token Secret");
        assert_eq!(data["scope"], "api read", "{name}");

        let name = format!("{}-claim", server.name);
        let spec = with(jwt(server, "app", "rsa"), &scopes);
        let spec = with(spec, &json!({ "assertion": { "scopeIn": "Claim" } }));
        trial.scene.apply(&name, spec).await;
        trial.scene.until_issued(&name).await;
        let request = server.last_accepted();
        assert_eq!(request.scope, None);
        assert_eq!(claim(&request, "scope"), "api read");
    }
    trial.end().await;
}

/// In the JWT grant, both servers grant fewer scopes than requested, and return the granted ones.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_shows_the_granted_scopes() {
    let trial = Trial::open("granted", vec![granted(bearer("app", "rsa"))]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let spec = with(jwt(server, "app", "rsa"), &json!({ "scopes": ["api", "write"] }));
        trial.scene.apply(server.name, spec).await;
        let issued = trial.scene.until_issued(server.name).await;
        let group = issued.status.unwrap().connection_group.unwrap();
        assert_eq!(group.scopes, ["api"], "{}", server.name);
    }
    trial.end().await;
}

/// oidc-provider rejects a scope that the client may not use; Authlib grants fewer scopes.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_scope_has_its_own_reason() {
    let client = granted(Client::secret_basic("app", CLIENT_SECRET));
    // It rejects only known scopes, so another client must be allowed to use this one.
    let writer = Client {
        scopes: Some(vec!["write".to_owned()]),
        ..Client::secret_basic("writer", CLIENT_SECRET)
    };
    let trial = Trial::open("refused-scope", vec![client, writer]).await;
    let scene = &trial.scene;
    scene.put_secret("client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
    let oidc = trial.servers.iter().find(|server| server.name == "oidc").unwrap();
    let spec = |server: &Server, scope: &str| {
        json!({
            "flow": "ClientCredentials",
            "endpoints": { "token": server.token_endpoint() },
            "client": { "id": "app", "secretRef": { "name": "client" } },
            "scopes": [scope],
        })
    };
    scene.apply("app", spec(oidc, "write")).await;
    scene.until("app", "Ready", "False", "ScopeRejected").await;
    scene.apply("app", spec(oidc, "read")).await;
    scene.until_issued("app").await;
    trial.end().await;
}
