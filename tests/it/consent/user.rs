//! Plays the person and the plugin: a ticket on the Connection, the provider's answer in a hand-over
//! Secret.

use std::collections::HashMap;

use connection_client::api::connection::Connection;
use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::store::handoff_secret::{
    self, CODE, CODE_VERIFIER, ERROR, HandoffKind, ISS, REDIRECT_URI, TICKET,
};
use connection_core::connection::ticket::{TicketRecord, ticket};
use connection_core::oauth::authorization::AuthorizationRequest;
use connection_core::oauth::pkce;
use connection_core::{clock, random};
use kube::Resource;
use rig::servers::loopback;
use rig::simulator::Simulator;
use rig::simulator::grants::settings::{Client, Settings};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::stage::Scene;

pub const CLIENT: &str = "mail";
pub const CLIENT_SECRET: &str = "canary-client-secret-of-mail";

/// A provider that grants codes to one client of one Connection.
pub async fn open(prefix: &str) -> (Scene, Simulator) {
    let scene = Scene::open(prefix).await;
    let simulator = provider(&scene).await;
    (scene, simulator)
}

/// A provider for the Connection `mail` of a scene, and the client's secret in a Secret.
pub async fn provider(scene: &Scene) -> Simulator {
    let simulator = Simulator::start().expect("the simulator starts");
    simulator.grant_codes(Settings::new(client(scene)));
    scene.put_secret("mail-client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
    simulator
}

/// The client that is registered for the Connection `mail`.
pub fn client(scene: &Scene) -> Client {
    Client::new(CLIENT, CLIENT_SECRET, &redirect_uri(scene, "mail"))
}

pub fn redirect_uri(scene: &Scene, name: &str) -> String {
    format!("http://127.0.0.1:8000/callback/{}/{name}", scene.namespace.name())
}

/// A Connection to the simulator whose endpoints come from its metadata.
pub fn mail(simulator: &Simulator) -> Value {
    json!({
        "flow": "AuthorizationCode",
        "endpoints": { "issuer": simulator.issuer() },
        "client": { "id": CLIENT, "secretRef": { "name": "mail-client" } },
        "scopes": ["openid", "mail.send"],
    })
}

/// What a person's browser brought back, and what it was asked for with.
pub struct TokenResponse {
    pub ticket: SecretString,
    pub verifier: SecretString,
    pub redirect_uri: String,
    pub parameters: HashMap<String, String>,
}

/// Makes a ticket, puts its note on the Connection, and lets the provider answer.
pub async fn ask(scene: &Scene, name: &str) -> TokenResponse {
    let connection = scene.connection(name).await;
    let status = connection.status.clone().unwrap_or_default();
    let authorization = status.authorization.expect("the status says where to go");
    let endpoint = authorization.endpoint.expect("the authorization endpoint is known");
    let redirect_uri = authorization.redirect_uri.expect("the redirect URI is known");
    let ticket = ticket(random::bytes());
    let generation = connection.metadata.generation.unwrap_or_default();
    let note = TicketRecord::new(&ticket, generation, Some("ada".to_owned()), clock::now());
    scene.annotate(name, TICKET_ANNOTATION, &note.to_annotation()).await;
    let verifier = pkce::verifier(random::bytes());
    let request = AuthorizationRequest {
        client_id: connection.spec.client.map(|client| client.id).unwrap_or_default(),
        redirect_uri: redirect_uri.clone(),
        scope: Some(connection.spec.scopes.join(" ")),
        state: "state".to_owned(),
        code_challenge: Some(pkce::challenge(&verifier)),
        parameters: connection.spec.parameters.into_iter().collect(),
    };
    let uri = request.uri(&endpoint.parse().expect("a URL"));
    let answer = loopback::get(uri.as_str()).expect("the provider answers");
    let location = answer.header("location").expect("the provider sends the browser back");
    let location = Url::parse(location).expect("a URL");
    let parameters = location.query_pairs().into_owned().collect();
    TokenResponse { ticket, verifier, redirect_uri, parameters }
}

/// Hands the answer over.
pub async fn submit_handoff(
    scene: &Scene,
    connection: &Connection,
    answer: &TokenResponse,
) -> String {
    let mut data = vec![
        (TICKET, answer.ticket.clone()),
        (REDIRECT_URI, answer.redirect_uri.as_str().into()),
        (CODE_VERIFIER, answer.verifier.clone()),
    ];
    for key in [CODE, ERROR, ISS] {
        data.extend(answer.parameters.get(key).map(|value| (key, value.as_str().into())));
    }
    let owner = connection.controller_owner_ref(&()).expect("the Connection has a uid");
    let namespace = scene.namespace.name();
    handoff_secret::create(
        &scene.client,
        namespace,
        owner,
        HandoffKind::AuthorizationResponse,
        &data,
    )
    .await
    .expect("the hand-over Secret is created")
}

/// Gives consent: asks, and hands the answer over.
pub async fn consent(scene: &Scene, name: &str) -> TokenResponse {
    let answer = ask(scene, name).await;
    let connection = scene.connection(name).await;
    submit_handoff(scene, &connection, &answer).await;
    answer
}

/// From a new Connection to one that is ready.
pub async fn authorized(scene: &Scene, simulator: &Simulator, spec: Value) -> String {
    scene.apply("mail", spec).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    consent(scene, "mail").await;
    scene.until_issued("mail").await;
    assert_eq!(simulator.reuses(), 0);
    scene.until_renewed("mail-token", None).await
}

/// Everything of a simulator and an answer that must not show.
pub fn canaries(simulator: &Simulator, answer: &TokenResponse) -> Vec<String> {
    let own = [&answer.ticket, &answer.verifier].map(|item| item.expose_secret().to_owned());
    [simulator.secrets(), own.to_vec(), vec![CLIENT_SECRET.to_owned()]].concat()
}
