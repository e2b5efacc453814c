//! A user who may read everything but Secrets looks for tokens, secrets and a provider's words in
//! statuses, events, logs at trace level, metrics and pages: after every flow, and everything that can go
//! wrong in one.

use kube::api::DeleteParams;
use rig::parts::relay::Relay;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::consent::Consent;
use rig::wait;
use serde_json::{Value, json};

use crate::attacks::installation::{restrict_to_hosts, tenant};
use crate::consent::user::{CLIENT_SECRET, mail};
use crate::controller::lifecycle::put_keystore;
use crate::keys::fixtures;
use crate::stage::{SOON, Scene, condition};
use crate::web::site::Site;

const SECRET: &str = "canary-of-a-client-secret";
const WORDS: &str = "canary-of-the-providers-words";
const TOKEN: &str = "canary-of-an-access-token";
const PASSWORD: &str = "canary-of-a-password";

/// Responses of a provider: the canaries are wherever a response has room for text.
fn answers() -> Vec<(&'static str, Behavior)> {
    let token = || Behavior::token().access_token(TOKEN);
    let long_lived = json!({ "access_token": TOKEN, "refresh_token": WORDS, "id_token": WORDS });
    vec![
        ("good", token().field("refresh_token", WORDS).field("id_token", WORDS)),
        ("no-type", Behavior::json(200, &long_lived)),
        ("refused", Behavior::described_error(400, "invalid_grant", WORDS)),
        ("unknown-error", Behavior::error(400, WORDS)),
        ("page", Behavior::html(500, &format!("<p>{WORDS} {TOKEN}"))),
        ("cut", token().truncated(40)),
        ("no-json", Behavior::text(200, &format!("{{\"access_token\":\"{TOKEN}\""))),
        ("line-break", Behavior::token().access_token(&format!("{TOKEN}\r\nx: {WORDS}"))),
        ("no-type-name", token().token_type(Some(&format!("{WORDS} <b>")))),
        ("lifetime", token().field("expires_in", WORDS)),
        ("elsewhere", Behavior::redirect(307, &format!("https://{WORDS}.example.com/{TOKEN}"))),
        ("header", Behavior::error(401, "invalid_client").header("www-authenticate", WORDS)),
    ]
}

/// Every flow that needs no person, in every way that a client shows who it is.
fn flows(endpoint: &str) -> Vec<(&'static str, Value)> {
    let by_key = json!({ "keystoreRef": { "name": "keystore" } });
    let at = json!({ "name": "client", "key": "client_secret" });
    let with_secret = |how: &str| json!({ "id": "client", "secretRef": at, "authentication": how });
    let credentials = |client: Value| json!({ "flow": "ClientCredentials", "client": client });
    let with = |mut spec: Value, field: &str, value: Value| {
        spec[field] = value;
        spec
    };
    let basic = || credentials(with_secret("ClientSecretBasic"));
    let none = || credentials(json!({ "id": "client", "authentication": "None" }));
    let ready = json!({ "valueFrom": { "secretKeyRef": at } });
    let flow = |flow: &str, assertion: &Value| json!({ "flow": flow, "client": { "id": "client" }, "assertion": assertion });
    let parameter = json!([{ "name": "api_key", "secretKeyRef": at }]);
    let flows = vec![
        ("jwt", flow("JWT", &by_key)),
        ("asserted", flow("JWTClientAssertion", &by_key)),
        ("ready", flow("JWT", &ready)),
        ("basic", basic()),
        ("post", credentials(with_secret("ClientSecretPost"))),
        ("parameter", with(none(), "parametersFrom", parameter)),
        ("proxied", with(basic(), "proxyRef", json!({ "name": "proxy" }))),
        ("no-proxy", with(basic(), "proxyRef", json!({ "name": "no-proxy" }))),
        ("password", flow("JWT", &json!({ "keystoreRef": { "name": "locked" } }))),
        ("no-keystore", flow("JWT", &json!({ "keystoreRef": { "name": "torn" } }))),
    ];
    let endpoints = json!({ "token": endpoint });
    flows
        .into_iter()
        .map(|(name, spec)| (name, with(spec, "endpoints", endpoints.clone())))
        .collect()
}

/// Puts the Secrets that the flows name, good ones and bad ones.
async fn furnish(scene: &Scene, proxy: &Relay) {
    put_keystore(scene).await;
    scene.put_secret("client", &[("client_secret", SECRET.as_bytes())]).await;
    let locked = fixtures::bytes("ossl.default.p12");
    scene
        .put_secret("locked", &[("keystore.p12", &locked), ("password", PASSWORD.as_bytes())])
        .await;
    let torn = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    scene.put_secret("torn", &[("keystore.pem", torn.as_bytes())]).await;
    let login = [("username", b"user".as_slice()), ("password", PASSWORD.as_bytes())];
    let address = format!("http://{}", proxy.address());
    scene.put_secret("proxy", &[&[("address", address.as_bytes())], &login[..]].concat()).await;
    let inline = format!("http://user:{PASSWORD}@{}", proxy.address());
    scene.put_secret("no-proxy", &[("address", inline.as_bytes())]).await;
    for name in ["keystore", "client", "locked", "torn"] {
        restrict_to_hosts(scene, name, "127.0.0.1").await;
    }
}

/// Plays every flow with every answer; returns what must not show.
async fn play_flows(scene: &Scene) -> Vec<String> {
    let proxy = Relay::closing().unwrap();
    furnish(scene, &proxy).await;
    let mut names = Vec::new();
    let mut simulators = Vec::new();
    for (answer, behavior) in answers() {
        let simulator = Simulator::start().unwrap();
        simulator.otherwise(behavior);
        for (flow, spec) in flows(&simulator.token_endpoint()) {
            let name = format!("{flow}-{answer}");
            scene.apply(&name, spec).await;
            names.push(name);
        }
        simulators.push(simulator);
    }
    for name in names {
        wait::until_true(SOON, &format!("{name} is through"), async || {
            let connection = scene.connection(&name).await;
            !["", "Unknown"].contains(&condition(&connection, "Refreshed").0.as_str())
        })
        .await;
    }
    let token = &scene.data("jwt-good-token").await.expect("a token Secret")["access_token"];
    assert_eq!(token, TOKEN, "the canaries were really there");
    let requests = simulators.iter().flat_map(Simulator::requests);
    requests.filter_map(|request| request.assertion()).collect()
}

/// Plays the flow that needs a person, well and badly; returns the pages and what must not show.
async fn play_consent(site: &Site) -> (Vec<String>, Vec<String>) {
    let (scene, simulator) = (&site.scene, &site.simulator);
    restrict_to_hosts(scene, "mail-client", "127.0.0.1").await;
    let mut spec = mail(simulator);
    spec["authorization"] = json!({ "onDelete": "Revoke" });
    site.connection_of("mail", spec).await;
    let (mut pages, mut secrets) = (Vec::new(), vec![CLIENT_SECRET.to_owned()]);
    for consent in [
        Consent::refused("access_denied", Some(WORDS)),
        Consent::refused(WORDS, Some(WORDS)),
        Consent::granted().code(TOKEN),
        Consent::granted().state(WORDS),
        Consent::granted(),
    ] {
        simulator.consent(consent);
        let (visitor, link) = (site.visitor(), site.link("mail").await);
        let first = visitor.get(&link);
        let leaving = visitor.press(&first);
        let back = site.consent(&leaving);
        let answered = visitor.get(&back);
        if answered.status == 303 {
            pages.push(visitor.get(answered.location()).html);
        }
        // The ticket is in the first page's form, and the state in the next page's link.
        pages.push(answered.html);
        secrets.push(first.field("ticket"));
        secrets.extend(visitor.values());
    }
    scene.until_issued("mail").await;
    let token = scene.until_renewed("mail-token", None).await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.until_renewed("mail-token", Some(&token)).await;
    scene.connections().delete("mail", &DeleteParams::default()).await.unwrap();
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.unwrap().is_none()
    })
    .await;
    let verifiers =
        simulator.requests().into_iter().filter_map(|request| request.parameter("code_verifier"));
    secrets.extend(verifiers);
    secrets.extend(simulator.secrets());
    (pages, secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_provider_text_appears_after_any_flow_or_failure() {
    let site = Site::on(tenant("leaks").await).await;
    let (pages, mut secrets) = play_consent(&site).await;
    secrets.extend(play_flows(&site.scene).await);
    secrets.extend([SECRET, WORDS, TOKEN, PASSWORD].map(str::to_owned));
    let pem = String::from_utf8(fixtures::bytes("rsa.p8.pem")).unwrap();
    secrets.extend(pem.lines().filter(|line| line.len() == 64).map(str::to_owned));
    assert!(pages.len() > 5, "{} pages", pages.len());
    for (page, secret) in
        pages.iter().flat_map(|page| secrets.iter().map(move |secret| (page, secret)))
    {
        assert!(!page.contains(secret.as_str()), "a page shows {secret}: {page}");
    }
    site.scene.assert_no_leak(&secrets).await;
}
