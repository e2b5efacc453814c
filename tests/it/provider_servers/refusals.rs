//! Assertions and clients that the servers reject: the message of the Connection, and its recovery
//! after the cause is fixed.

use connection_client::api::connection::Connection;
use rig::servers::config::{Client, Config};
use serde_json::{Value, json};

use super::headers::fingerprint;
use super::server::Server;
use super::trial::{CLIENT_SECRET, Trial, bearer, certificate, jwt, with};
use crate::stage::message;

/// The values that the message must contain.
struct AssertionSummary<'a> {
    iss: &'a str,
    aud: &'a str,
    key: &'a str,
}

/// Asserts that the message describes the assertion; returns how far the server's clock is ahead.
fn assert_described(refused: &Connection, sent: &AssertionSummary<'_>) -> i64 {
    let text = message(refused, "Ready");
    let AssertionSummary { iss, aud, key } = sent;
    let thumbprint = fingerprint(certificate(key).as_bytes(), "-sha256");
    let summary = format!("iss={iss} sub=user aud={aud} algorithm=RS256 thumbprint={thumbprint}");
    assert!(text.contains(&summary), "{summary} is not in: {text}");
    if text.contains("no clock difference") {
        return 0;
    }
    let (_, clock) = text.split_once("the provider's clock is ").expect("the clock difference");
    let mut words = clock.split(' ');
    let seconds: i64 = words.next().unwrap().parse().expect("seconds");
    if clock.contains("behind") { -seconds } else { seconds }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_with_an_unregistered_key_is_rejected_until_the_key_is_correct() {
    let trial = Trial::open("wrong-key", vec![bearer("app", "rsa")]).await;
    for server in &trial.servers {
        trial.put_key_as(server.name, "rsa3072").await;
        trial.scene.apply(server.name, jwt(server, "app", server.name)).await;
        let refused = trial.scene.until(server.name, "Ready", "False", "AssertionRejected").await;
        let sent = AssertionSummary { iss: "app", aud: server.token_endpoint(), key: "rsa3072" };
        assert!(assert_described(&refused, &sent).abs() < 30);
        assert_eq!(trial.scene.data(&format!("{}-token", server.name)).await, None);
        trial.put_key_as(server.name, "rsa").await;
        trial.scene.until_issued(server.name).await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_issuer_or_audience_is_rejected_until_the_claim_is_correct() {
    let trial = Trial::open("wrong-claim", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    let elsewhere = "https://elsewhere.example";
    for server in &trial.servers {
        let right = jwt(server, "app", "rsa");
        for (claim, iss, aud) in
            [("iss", "stranger", server.token_endpoint()), ("aud", "app", elsewhere)]
        {
            let value = if claim == "iss" { iss } else { aud };
            let wrong = with(right.clone(), &claim_of(claim, value));
            let name = format!("{}-{claim}", server.name);
            trial.scene.apply(&name, wrong).await;
            let refused = trial.scene.until(&name, "Ready", "False", "AssertionRejected").await;
            assert!(
                assert_described(&refused, &AssertionSummary { iss, aud, key: "rsa" }).abs() < 30
            );
            trial.scene.apply(&name, right.clone()).await;
            trial.scene.until_issued(&name).await;
        }
    }
    trial.end().await;
}

fn claim_of(name: &str, value: &str) -> Value {
    json!({ "assertion": { "claims": { name: value } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_expires_on_a_server_whose_clock_is_ahead_and_the_message_shows_the_difference()
 {
    let hour = 3600;
    let clients = vec![bearer("app", "rsa")];
    let config = Config { clients, clock_offset_seconds: hour, ..Config::default() };
    let trial = Trial::configured("ahead", &config).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        trial.scene.apply(server.name, jwt(server, "app", "rsa")).await;
        let refused = trial.scene.until(server.name, "Ready", "False", "AssertionRejected").await;
        let sent = AssertionSummary { iss: "app", aud: server.token_endpoint(), key: "rsa" };
        let ahead = assert_described(&refused, &sent);
        assert!((ahead - hour).abs() < 30, "{ahead} s");
        // The server accepts an assertion whose lifetime exceeds the difference.
        let longer = json!({ "assertion": { "lifetimeSeconds": 2 * hour } });
        trial.scene.apply(server.name, with(jwt(server, "app", "rsa"), &longer)).await;
        trial.scene.until_issued(server.name).await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_is_rejected_until_it_is_correct() {
    let client = Client {
        client_secret: Some(CLIENT_SECRET.to_owned()),
        auth_method: Some("client_secret_post".to_owned()),
        ..bearer("app", "rsa")
    };
    let trial = Trial::open("wrong-secret", vec![client]).await;
    trial.put_key("rsa").await;
    let wrong = "canary-of-a-wrong-client-secret";
    let client = |server: &Server| {
        let client = json!({ "client": {
            "secretRef": { "name": server.name }, "authentication": "ClientSecretPost" } });
        with(jwt(server, "app", "rsa"), &client)
    };
    for server in &trial.servers {
        trial.scene.put_secret(server.name, &[("client_secret", wrong.as_bytes())]).await;
        trial.scene.apply(server.name, client(server)).await;
        trial.scene.until(server.name, "Ready", "False", "ClientRejected").await;
        let right = CLIENT_SECRET.as_bytes();
        trial.scene.put_secret(server.name, &[("client_secret", right)]).await;
        trial.scene.until_issued(server.name).await;
    }
    trial.scene.demand_no_leak(&[wrong.to_owned()]).await;
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_assertion_is_rejected_until_a_new_one_is_sent() {
    let trial = Trial::open("replay", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        let signing = jwt(server, "app", "rsa");
        let name = format!("{}-first", server.name);
        trial.scene.apply(&name, signing.clone()).await;
        trial.scene.until_issued(&name).await;
        let used = server.last_accepted().assertion.expect("an assertion");
        trial.scene.put_secret(server.name, &[("jwt", used.as_bytes())]).await;
        let static_assertion = json!({ "assertion": { "claims": null, "keystoreRef": null,
            "valueFrom": { "secretKeyRef": { "name": server.name, "key": "jwt" } } } });
        trial.scene.apply(server.name, with(signing.clone(), &static_assertion)).await;
        trial.scene.until(server.name, "Ready", "False", "AssertionRejected").await;
        trial.scene.apply(server.name, signing).await;
        trial.scene.until_issued(server.name).await;
    }
    trial.end().await;
}
