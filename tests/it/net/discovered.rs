//! Endpoints that an issuer's metadata names are trusted no more than those that a spec names.

use rig::parts::relay::Relay;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use serde_json::{Value, json};

use crate::net::certificates::{clients, server, tls};
use crate::net::client_certificates::{demanding, showing};
use crate::net::{CLIENT_SECRET, furnish, trusting, with};
use crate::stage::Scene;

const LOCATIONS: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// A simulator whose metadata names these endpoints.
fn publish(simulator: &Simulator, issuer: &str, endpoints: &Value) {
    let metadata = with(endpoints.clone(), &json!({ "issuer": issuer }));
    simulator.script(Matcher::path(LOCATIONS[0]), Behavior::json(200, &metadata));
}

/// A client with a secret that knows its issuer alone.
fn of_issuer(issuer: &str) -> Value {
    with(trusting(issuer), &json!({ "endpoints": { "issuer": issuer } }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_sent_to_the_mtls_endpoint_alias() {
    let scene = Scene::open("alias").await;
    furnish(&scene).await;
    scene.put_secret("keystore", &tls(&clients().client("client").unwrap())).await;
    let simulator = Simulator::start().unwrap();
    let nginx = demanding(&simulator);
    let issuer = simulator.url("");
    let alias = json!({ "token_endpoint": nginx.token_endpoint(0) });
    let endpoints = json!({
        "token_endpoint": simulator.url("/without-certificate"), "mtls_endpoint_aliases": alias,
    });
    publish(&simulator, &issuer, &endpoints);
    let endpoints = json!({ "endpoints": { "issuer": issuer } });
    scene.apply("crm", with(showing("", "keystore"), &endpoints)).await;
    scene.until_issued("crm").await;
    assert_eq!(nginx.requests(0).pop().unwrap().verdict, "SUCCESS");
    assert!(simulator.requests().iter().all(|request| &*request.path != "/without-certificate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_redirect_is_not_followed() {
    let scene = Scene::open("metadata-redirects").await;
    furnish(&scene).await;
    let elsewhere = Simulator::start().unwrap();
    for status in [301, 302, 303, 307, 308] {
        let simulator = Simulator::start().unwrap();
        simulator.otherwise(Behavior::redirect(status, &elsewhere.url(LOCATIONS[0])));
        let name = format!("redirect-{status}");
        scene.apply(&name, of_issuer(&simulator.url(""))).await;
        scene.until(&name, "Ready", "False", "MetadataInvalid").await;
    }
    assert_eq!(elsewhere.count(), 0, "nothing was asked elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_cannot_send_a_secret_to_a_host_that_the_spec_could_not() {
    let arguments = ["--allowed-networks=127.0.0.0/8", "--allowed-hosts=localhost"];
    let scene = Scene::with_arguments("discovered", &arguments, &[]).await;
    furnish(&scene).await;
    let listener = Relay::closing().unwrap();
    let port = listener.address().port();
    for (name, endpoint) in [
        ("inside", "https://169.254.169.254/token".to_owned()),
        ("private", format!("https://[::ffff:10.0.0.1]:{port}/token")),
        ("plain", format!("http://127.0.0.1:{port}/token")),
        ("unlisted", "https://login.example.com/token".to_owned()),
    ] {
        let simulator = Simulator::start().unwrap();
        let relay = Relay::tls(simulator.address(), &server(), None).unwrap();
        let issuer = format!("https://localhost:{}", relay.address().port());
        publish(&simulator, &issuer, &json!({ "token_endpoint": endpoint }));
        scene.apply(name, of_issuer(&issuer)).await;
        scene.until(name, "Ready", "False", "EndpointNotAllowed").await;
        assert_eq!(simulator.count(), 1, "the metadata was read");
    }
    assert_eq!(listener.count(), 0, "nothing was sent");
    scene.assert_no_leak(&[CLIENT_SECRET.to_owned()]).await;
}
