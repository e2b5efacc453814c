//! A provider that serves the same client as another makes the client sign what the other accepts: by
//! metadata that name the other's endpoints, and at the endpoints other than the token endpoint
//! (draft-ietf-oauth-rfc7523bis, audience injection).

use kube::api::DeleteParams;
use rig::servers::loopback;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::settings::{Client, Settings};
use rig::simulator::ledger::{Outcome, TokenRequest};
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::{Value, json};

use crate::attacks::installation::{at_another_host, restrict_to_hosts, tenant};
use crate::consent::user::CLIENT;
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::keys::fixtures;
use crate::stage::{SOON, Scene};
use crate::web::client::{FORM, form_urlencoded};
use crate::web::site::Site;

/// A provider that knows the client by its key and takes what is meant for its token endpoint alone.
fn honest(client: &str) -> Simulator {
    let simulator = Simulator::start().unwrap();
    let certificate = String::from_utf8(fixtures::bytes("rsa.crt.pem")).unwrap();
    simulator.register(client, &certificate).unwrap();
    simulator
}

/// A key that its owner lets both providers have.
async fn put_shared_key(scene: &Scene) {
    put_keystore(scene).await;
    restrict_to_hosts(scene, "keystore", "127.0.0.1, localhost").await;
}

/// The audience of the assertion that a request brought.
fn audience(request: &TokenRequest) -> Value {
    request.claims().expect("an assertion")["aud"].clone()
}

/// A Connection that authenticates by the shared key and knows its issuer alone.
fn of_issuer(issuer: &str) -> Value {
    json!({
        "flow": "AuthorizationCode",
        "endpoints": { "issuer": issuer },
        "client": { "id": CLIENT, "authentication": "PrivateKeyJWT" },
        "assertion": { "keystoreRef": { "name": "keystore" } },
        "authorization": { "onDelete": "Revoke" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_do_not_set_the_audience_at_the_token_par_and_revocation_endpoints() {
    let site = Site::on(tenant("audience").await).await;
    let (scene, evil, honest) = (&site.scene, &site.simulator, honest(CLIENT));
    put_shared_key(scene).await;
    let client = Client::public(CLIENT, &site.redirect_uri("mail"));
    let client = client.redirect_uri(&site.redirect_uri("other"));
    evil.grant_codes(Settings::new(client).without_issuer().demanding_pushed());

    // The other's token endpoint in the metadata, and every other endpoint one's own.
    let issuer = at_another_host(evil, "");
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": evil.url("/authorize"),
        "token_endpoint": honest.token_endpoint(),
        "pushed_authorization_request_endpoint": evil.url("/par"),
        "require_pushed_authorization_requests": true,
        "revocation_endpoint": evil.url("/revoke"),
        "audience": honest.token_endpoint(),
    });
    let location = Matcher::path("/.well-known/openid-configuration");
    evil.script(location, Behavior::json(200, &metadata));
    site.connection_of("other", of_issuer(&issuer)).await;
    let page = site.authorize(&site.visitor(), "other").await;
    page.demand(200, "The authorization failed");
    let pushed = evil.requests_to("/par");
    assert_eq!(audience(&pushed[0]), json!(issuer), "its own name and no other");
    let redeemed = honest.requests();
    assert_eq!(
        audience(&redeemed[0]),
        json!(issuer),
        "the other sees the audience that it was meant for"
    );
    assert!(matches!(redeemed[0].outcome, Outcome::Refused(_)), "{:?}", redeemed[0].outcome);

    // All of its own: the audience is the issuer, wherever the assertion goes.
    evil.clear_scripts();
    site.connection_of("mail", of_issuer(&evil.issuer())).await;
    site.authorize(&site.visitor(), "mail").await.demand(200, "mail is authorized");
    scene.until_issued("mail").await;
    scene.connections().delete("mail", &DeleteParams::default()).await.unwrap();
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.unwrap().is_none()
    })
    .await;
    for (path, count) in [("/par", 2), ("/token", 1), ("/revoke", 1)] {
        let requests = evil.requests_to(path);
        assert_eq!(requests.len(), count, "{path}");
        let last = requests.last().unwrap();
        assert_eq!(audience(last), json!(evil.issuer()), "{path}: a single text");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_for_one_provider_is_rejected_by_another_with_the_same_key() {
    let scene = tenant("shared-key").await;
    put_shared_key(&scene).await;
    let (honest, evil) = (honest("client"), Simulator::start().unwrap());
    let spec = |endpoint: &str| {
        let mut spec = jwt(&evil);
        spec["flow"] = json!("JWTClientAssertion");
        spec["endpoints"]["token"] = json!(endpoint);
        spec["assertion"] = json!({ "keystoreRef": { "name": "keystore" } });
        spec
    };
    scene.apply("honest", spec(&honest.token_endpoint())).await;
    scene.apply("evil", spec(&evil.token_endpoint())).await;
    scene.until_issued("honest").await;
    scene.until_issued("evil").await;
    let stolen = evil.requests().remove(0);
    assert_eq!(audience(&stolen), json!(evil.token_endpoint()));
    assert_eq!(audience(&honest.requests()[0]), json!(honest.token_endpoint()));
    // What the evil provider was sent, sent on as it came.
    let form = form_urlencoded(&[
        ("grant_type", "client_credentials".to_owned()),
        ("client_assertion", stolen.assertion().unwrap()),
    ]);
    let answer = loopback::exchange(&honest.token_endpoint(), "POST", &[FORM], &form).unwrap();
    assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&answer.body));
    assert!(matches!(honest.requests()[1].outcome, Outcome::Refused(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authors_endpoint_gets_no_assertion_for_another_token_endpoint() {
    let site = Site::on(tenant("others").await).await;
    let (scene, evil) = (&site.scene, Simulator::start().unwrap());
    put_keystore(scene).await;
    restrict_to_hosts(scene, "keystore", "127.0.0.1").await;
    let honest = &site.simulator;
    let mut spec = of_issuer("");
    spec["endpoints"] = json!({
        "authorization": honest.url("/authorize"),
        "token": honest.token_endpoint(),
        "pushedAuthorization": at_another_host(&evil, "/par"),
    });
    site.connection_of("mail", spec).await;
    let page = site.begin(&site.visitor(), &site.link("mail").await);
    assert_ne!(page.status, 200, "{}", page.html);
    assert!(page.html.contains("connection-operator.io/allowed-hosts"), "{}", page.html);
    assert_eq!(evil.count(), 0, "nothing was signed for it");
}
