//! The authorization code flow by hand, at oidc-provider, with a browser.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::servers::config::{Client, Config};
use crate::servers::loopback::{self, Answer, post_form};
use crate::servers::oidc_provider::OidcProvider;
use crate::servers::pages;
use crate::simulator::ledger::decoded;

const LIMIT: Duration = Duration::from_secs(20);
/// No server listens there: the test reads the address bar.
const CALLBACK: &str = "http://127.0.0.1:1/callback";
const SECRET: &str = "a-secret-of-thirty-two-characters";
/// Verifier and challenge of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "openid email offline_access";

fn server(config: Config) -> OidcProvider {
    let https = "https://operator.example/callback".to_owned();
    let mut client = Client::code("app", SECRET, CALLBACK);
    client.redirect_uris.push(https);
    OidcProvider::start(&Config { clients: vec![client], ..config }).expect("oidc-provider")
}

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPE),
        ("state", "a-state"),
        ("prompt", "consent"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn authorization_uri(server: &OidcProvider, parameters: &[(&str, &str)]) -> String {
    let endpoint = server.endpoint("authorization_endpoint").expect("an endpoint");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{endpoint}?{query}")
}

/// The parameters with which the browser came back.
async fn answer(browser: &Browser) -> HashMap<String, String> {
    let url = browser.wait_for_url(CALLBACK, LIMIT).await.expect("the callback");
    let (_, query) = url.split_once('?').expect("a query");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn post(url: &str, form: &[(&str, &str)]) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("app:{SECRET}")));
    post_form(url, form, &[("Authorization", &basic)]).expect("an answer")
}

fn exchange(server: &OidcProvider, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post(&server.token_endpoint, &form)
}

fn refresh(server: &OidcProvider, refresh_token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    post(&server.token_endpoint, &form)
}

/// Logs in, consents, and returns the answer to the exchange.
async fn authorized(server: &OidcProvider, parameters: &[(&str, &str)]) -> Value {
    let browser = Browser::start().await.expect("a browser");
    browser.open(&authorization_uri(server, parameters)).await.expect("a login page");
    pages::log_in(&browser, "ada").await.expect("a login");
    pages::consent(&browser).await.expect("a consent");
    let answer = answer(&browser).await;
    assert_eq!(answer.get("state").map(String::as_str), Some("a-state"), "{answer:?}");
    assert_eq!(answer["iss"], server.issuer);
    let tokens = exchange(server, &answer["code"]);
    assert_eq!(tokens.status, 200, "{}", tokens.json());
    tokens.json()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().expect(name)
}

#[tokio::test]
async fn a_user_consents_tokens_rotate_and_reuse_invalidates_the_grant() {
    let server = server(Config { token_lifetime_seconds: Some(60), ..Config::default() });
    let tokens = authorized(&server, &request()).await;
    assert_eq!((&tokens["expires_in"], text(&tokens, "scope")), (&json!(60), SCOPE));
    let claims = decoded(text(&tokens, "id_token"), 1).expect("claims");
    assert_eq!(claims["sub"], "ada");
    assert_eq!(
        (&claims["email"], &claims["email_verified"]),
        (&json!("ada@example.com"), &json!(true))
    );
    let first = text(&tokens, "refresh_token");
    let rotated = refresh(&server, first).json();
    let second = text(&rotated, "refresh_token");
    assert_ne!(first, second);
    assert!(server.records().expect("records").reuses().is_empty());
    let reused = refresh(&server, first);
    assert_eq!((reused.status, reused.json()["error"].clone()), (400, json!("invalid_grant")));
    let after = refresh(&server, second).json();
    assert_eq!(after["error"], "invalid_grant", "the family is revoked");
    let records = server.records().expect("records");
    let [reuse] = records.reuses()[..] else { panic!("{:?}", records.events) };
    assert_eq!(reuse.grant_type.as_deref(), Some("refresh_token"));
    let ledger = server.ledger().expect("a ledger");
    assert_eq!(ledger.len(), 4);
    assert_eq!(ledger[1].refresh_token.as_deref(), Some(first));
    assert_eq!(ledger[1].issued_refresh_token.as_deref(), Some(second));
    assert_eq!(ledger[0].client.as_deref(), Some("app"));
    assert!(server.secrets().expect("secrets").iter().any(|secret| secret == second));
    let asked = &records.authorizations[0];
    assert_eq!(asked.parameter("code_challenge"), Some(CHALLENGE));
}

#[tokio::test]
async fn without_rotation_a_refresh_token_is_valid_until_it_is_revoked() {
    let server = server(Config {
        rotate_refresh_tokens: Some(false),
        unverified_emails: vec!["ada@example.com".to_owned()],
        ..Config::default()
    });
    let tokens = authorized(&server, &request()).await;
    let claims = decoded(text(&tokens, "id_token"), 1).expect("claims");
    assert_eq!(claims["email_verified"], false);
    let refresh_token = text(&tokens, "refresh_token");
    for _ in 0..2 {
        assert_eq!(refresh(&server, refresh_token).json()["refresh_token"], refresh_token);
    }
    let revocation = server.endpoint("revocation_endpoint").expect("an endpoint");
    let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
    assert_eq!(post(&revocation, &form).status, 200);
    assert_eq!(refresh(&server, refresh_token).json()["error"], "invalid_grant");
    let records = server.records().expect("records");
    let [revoked] = &records.revocations[..] else { panic!("{:?}", records.revocations) };
    assert_eq!(revoked.parameter("token"), Some(refresh_token));
    assert_eq!(revoked.client_id.as_deref(), Some("app"));
    assert!(records.reuses().is_empty() && !records.events.is_empty());
}

#[tokio::test]
async fn a_user_may_decline() {
    let server = server(Config::default());
    let browser = Browser::start().await.expect("a browser");
    browser.open(&authorization_uri(&server, &request())).await.expect("a login page");
    pages::cancel(&browser).await.expect("a refusal");
    let answer = answer(&browser).await;
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "a-state"));
    assert_eq!(answer["iss"], server.issuer);
}

#[tokio::test]
async fn only_pushed_requests_are_accepted_when_required() {
    let server =
        server(Config { require_pushed_authorization_requests: true, ..Config::default() });
    let metadata =
        loopback::get(&format!("{}/.well-known/oauth-authorization-server", server.issuer));
    let metadata = metadata.expect("metadata").json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let refused = loopback::get(&authorization_uri(&server, &request())).expect("an answer");
    let target = refused.header("location").expect("a redirect").to_owned();
    assert!(target.starts_with(CALLBACK) && target.contains("error=invalid_request"), "{target}");
    let endpoint = server.endpoint("pushed_authorization_request_endpoint").expect("an endpoint");
    let pushed = post(&endpoint, &request());
    assert_eq!(pushed.status, 201, "{}", pushed.json());
    let pushed = pushed.json();
    let parameters = [("client_id", "app"), ("request_uri", text(&pushed, "request_uri"))];
    authorized(&server, &parameters).await;
    let records = server.records().expect("records");
    assert_eq!(records.pushed[0].parameter("state"), Some("a-state"));
    assert_eq!((records.pushed[0].status, records.authorizations.len()), (201, 2));
}

#[test]
fn a_code_flow_without_pkce_is_rejected() {
    let server = server(Config::default());
    let bare: Vec<_> =
        request().into_iter().filter(|(name, _)| !name.starts_with("code_")).collect();
    let refused = loopback::get(&authorization_uri(&server, &bare)).expect("an answer");
    assert!(refused.header("location").expect("a redirect").contains("error=invalid_request"));
    let event = server.records().expect("records").events.pop().expect("an event");
    assert_eq!(event.name, "authorization.error");
    assert!(event.detail.expect("a detail").contains("PKCE"));
}
