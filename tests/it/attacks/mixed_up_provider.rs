//! A tenant copies another's client identifier and authorize URL into a Connection of their own, with a
//! token endpoint of their own, and has a person of the other consent (cross-tool account takeover,
//! draft-ietf-oauth-security-topics-update; RFC 9700 section 4.4).

use std::collections::HashMap;

use connection_core::clock;
use rig::servers::loopback;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::settings::{Client, Settings};
use rig::simulator::matcher::Matcher;
use serde_json::{Value, json};
use url::Url;

use crate::attacks::installation::{at_another_host, restrict_to_hosts, tenant};
use crate::consent::user::{CLIENT, CLIENT_SECRET, TokenResponse, submit_handoff};
use crate::stage::message;
use crate::web::client::Page;
use crate::web::site::{Site, make_ticket};

/// The victim tenant, with its provider and a Connection that waits for consent; and the attacker's
/// tenant, with a provider of its own.
async fn tenants() -> (Site, Site) {
    let honest = Site::on(tenant("honest").await).await;
    restrict_to_hosts(&honest.scene, "mail-client", "127.0.0.1").await;
    honest.connection("mail").await;
    (honest, Site::on(tenant("attacker").await).await)
}

/// The client and the authorization endpoint of another, and a token endpoint of one's own.
fn copied(honest: &Simulator, evil: &Simulator) -> Value {
    json!({
        "flow": "AuthorizationCode",
        "endpoints": {
            "authorization": honest.url("/authorize"),
            "token": at_another_host(evil, "/collect"),
        },
        "client": { "id": CLIENT },
        "scopes": ["mail.send"],
    })
}

/// Where a page sends the browser, with another redirect URI.
fn with_redirect_uri(leaving: &Page, redirect_uri: &str) -> String {
    let mut url = Url::parse(&leaving.onward()).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let changed = pairs.into_iter().map(|(name, value)| match name.as_str() {
        "redirect_uri" => (name, redirect_uri.to_owned()),
        _ => (name, value),
    });
    let changed: Vec<_> = changed.collect();
    url.query_pairs_mut().clear().extend_pairs(changed);
    url.into()
}

/// The path of the page that a provider's answer leads to.
fn callback(url: &str) -> String {
    let answer = loopback::get(url).unwrap();
    let location = answer.header("location").expect("the provider sends the browser back");
    location.strip_prefix("https://connect.example.com").unwrap().to_owned()
}

/// Whether a code or anything else was sent to a provider's token endpoints.
fn was_sent_to(simulator: &Simulator) -> bool {
    simulator.requests().iter().any(|request| &*request.method == "POST")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_authorize_url_sends_no_code_to_another_tenants_token_endpoint() {
    let (honest, attacker) = tenants().await;
    attacker.connection_of("mail", copied(&honest.simulator, &attacker.simulator)).await;
    // A person of the honest tenant follows the attacker's link and presses the button.
    let person = honest.visitor();
    let leaving = attacker.begin(&person, &attacker.link("mail").await);
    let answer = loopback::get(&leaving.onward()).unwrap();
    assert_eq!(answer.status, 400, "the redirect URI is the attacker's own, and not registered");
    assert_eq!(answer.header("location"), None);

    // The attacker puts the registered redirect URI into the link: the code comes to the honest
    // Connection's callback, which did not request it, even if this browser started other authorizations.
    let back = callback(&with_redirect_uri(&leaving, &honest.redirect_uri("mail")));
    assert!(back.starts_with(&honest.path("callback", "mail")), "{back}");
    person.get(&back).demand(403, "This authorization was not started in this browser");
    let own = honest.begin(&person, &honest.link("mail").await);
    person.get(&back).demand(400, "Unexpected response from the provider");
    assert!(!was_sent_to(&attacker.simulator), "no code came to the attacker");
    assert!(honest.simulator.presentations().is_empty(), "and none was used");

    let own = honest.consent(&own);
    honest.follow(&person, &own).demand(200, "mail is authorized");
    assert!(!was_sent_to(&attacker.simulator), "no code came to the attacker");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_not_exchanged_by_another_tenants_connection() {
    let (honest, attacker) = tenants().await;
    attacker.connection_of("mail", copied(&honest.simulator, &attacker.simulator)).await;
    let person = honest.visitor();
    let _theirs = attacker.begin(&person, &attacker.link("mail").await);
    let back = honest.consent(&honest.begin(&person, &honest.link("mail").await));
    // The honest answer, led to the attacker's callback in the browser that began both.
    let query = back.split_once('?').unwrap().1;
    let diverted = format!("{}?{query}", attacker.path("callback", "mail"));
    person.get(&diverted).demand(400, "Unexpected response from the provider");

    // A attacker who has come by the code hands it over past the page, with a ticket that is good.
    let ticket = make_ticket(&attacker.scene, "mail", clock::now()).await.into();
    let parameters: HashMap<_, _> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let redirect_uri = honest.redirect_uri("mail");
    let stolen = TokenResponse { ticket, verifier: "v".into(), redirect_uri, parameters };
    submit_handoff(&attacker.scene, &attacker.scene.connection("mail").await, &stolen).await;
    let denied = attacker.scene.until("mail", "Authorized", "False", "AuthorizationFailed").await;
    let text = message(&denied, "Authorized");
    assert!(text.contains("a redirect URI that is not this Connection's"), "{text}");
    assert!(!was_sent_to(&attacker.simulator), "the code was not sent");

    honest.follow(&person, &back).demand(200, "mail is authorized");
    let code = honest.simulator.presentations().remove(0).secret;
    for scene in [&honest.scene, &attacker.scene] {
        scene.assert_no_leak(&[code.clone(), CLIENT_SECRET.to_owned()]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_names_another_providers_authorization_endpoint_gets_no_code() {
    let (honest, attacker) = tenants().await;
    // The worst case: the client is shared, and the attacker's redirect URI is registered too.
    let client = Client::public(CLIENT, &honest.redirect_uri("mail"));
    let client = client.redirect_uri(&attacker.redirect_uri("mail"));
    honest.simulator.grant_codes(Settings::new(client));
    let issuer = at_another_host(&attacker.simulator, "");
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": honest.simulator.url("/authorize"),
        "token_endpoint": at_another_host(&attacker.simulator, "/collect"),
    });
    let locations =
        ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    for location in locations {
        attacker.simulator.script(Matcher::path(location), Behavior::json(200, &metadata));
    }
    let spec = json!({
        "flow": "AuthorizationCode",
        "endpoints": { "issuer": issuer },
        "client": { "id": CLIENT },
        "scopes": ["mail.send"],
    });
    attacker.connection_of("mail", spec).await;
    let person = honest.visitor();
    let back = attacker.consent(&attacker.begin(&person, &attacker.link("mail").await));
    let page = attacker.follow(&person, &back);
    page.demand(200, "The authorization failed");
    let denied = attacker.scene.until("mail", "Authorized", "False", "AuthorizationFailed").await;
    let text = message(&denied, "Authorized");
    assert!(text.contains("came from a different issuer (`iss`)"), "{text}");
    assert!(!was_sent_to(&attacker.simulator), "the code was not sent");
    assert!(honest.simulator.presentations().is_empty());
}
