//! What is sent: parameters, endpoints, pushed requests.

use connection_client::store::handoff_secret::{
    self, CODE_CHALLENGE, FAILURE, Handoff, HandoffKind, REDIRECT_URI, REQUEST_URI, STATE, TICKET,
};
use connection_core::oauth::pkce;
use connection_core::random;
use kube::Resource;
use rig::simulator::grants::settings::Settings;
use rig::wait;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::consent::person::{ask, authorized, mail, open};
use crate::stage::SOON;

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_go_to_their_own_endpoint_with_their_own_parameters() {
    let (scene, simulator) = open("refreshes").await;
    let mut spec = mail(&simulator);
    spec["endpoints"] = json!({
        "authorization": simulator.url("/authorize"),
        "token": simulator.token_endpoint(),
        "refresh": simulator.url("/refresh"),
    });
    spec["authorization"] = json!({ "refreshParameters": { "audience": "mail-api" } });
    let old = authorized(&scene, &simulator, spec).await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.until_renewed("mail-token", Some(&old)).await;
    let refreshes = simulator.requests_to("/refresh");
    assert_eq!(refreshes.len(), 1);
    assert_eq!(refreshes[0].parameter("audience").as_deref(), Some("mail-api"));
    assert_eq!(refreshes[0].parameter("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(refreshes[0].parameter("scope"), None, "the scopes stay those consented to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_must_be_pushed_is_pushed_by_the_operator() {
    let (scene, simulator) = open("pushed").await;
    simulator.change_grants(Settings::demanding_pushed);
    scene.apply("mail", mail(&simulator)).await;
    let connection = scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let authorization = connection.status.clone().unwrap().authorization.unwrap();
    assert_eq!(authorization.requires_pushed_request, Some(true));
    // The plain request is refused there; the note of its ticket stays.
    let answer = ask(&scene, "mail").await;
    assert_eq!(answer.parameters.get("error").map(String::as_str), Some("invalid_request"));
    let challenge = pkce::challenge(&pkce::verifier(random::bytes()));
    let data = [
        (TICKET, answer.ticket.clone()),
        (REDIRECT_URI, answer.redirect_uri.as_str().into()),
        (STATE, "the-state".into()),
        (CODE_CHALLENGE, challenge.into()),
    ];
    let owner = scene.connection("mail").await.controller_owner_ref(&()).unwrap();
    let namespace = scene.namespace.name();
    let name = handoff_secret::create(
        &scene.client,
        namespace,
        owner,
        HandoffKind::AuthorizationRequest,
        &data,
    )
    .await
    .expect("the request is handed over");
    let uri = wait::until(SOON, "the request is answered", async || {
        let there = Handoff::read(&scene.client, namespace, &name).await.expect("it is there");
        assert!(
            there.get(FAILURE).is_none(),
            "{:?}",
            there.get(FAILURE).map(ExposeSecret::expose_secret)
        );
        there.get(REQUEST_URI).cloned().ok_or_else(|| "not yet".to_owned())
    })
    .await;
    assert!(uri.expose_secret().starts_with("urn:ietf:params:oauth:request_uri:"));
    let pushed = &simulator.requests_to("/par")[0];
    assert_eq!(pushed.parameter("state").as_deref(), Some("the-state"));
    assert_eq!(pushed.parameter("code_challenge_method").as_deref(), Some("S256"));
    assert!(pushed.basic().is_some(), "the client says who it is");
}
