use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::servers::loopback::{self, Answer, post_form};
use crate::simulator::Simulator;
use crate::simulator::behavior::Behavior;
use crate::simulator::grants::consent::{Consent, Issuer};
use crate::simulator::grants::presentation::{Kind, Verdict};
use crate::simulator::grants::settings::{Client, Rotation, Settings};
use crate::simulator::ledger::decoded;
use crate::simulator::matcher::Matcher;

const CALLBACK: &str = "http://127.0.0.1:1/callback";
/// Verifier and challenge of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const GRACE: Rotation = Rotation::Always { grace: Duration::from_mins(1) };

fn settings() -> Settings {
    Settings::new(Client::new("app", "s", CALLBACK))
}

fn granting(settings: Settings) -> Simulator {
    let simulator = Simulator::start().unwrap();
    simulator.grant_codes(settings);
    simulator
}

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email"),
        ("state", "a-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Asks for authorization; the parameters of the redirect.
fn authorize(simulator: &Simulator, parameters: &[(&str, &str)]) -> HashMap<String, String> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let answer = loopback::get(&simulator.url(&format!("/authorize?{query}"))).unwrap();
    assert_eq!(answer.status, 302);
    let location = answer.header("location").unwrap();
    let (target, query) = location.split_once('?').unwrap();
    assert_eq!(target, CALLBACK);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn post(simulator: &Simulator, path: &str, form: &[(&str, &str)]) -> Answer {
    let mut all = vec![("client_id", "app"), ("client_secret", "s")];
    all.retain(|(name, _)| form.iter().all(|(given, _)| given != name));
    all.extend_from_slice(form);
    post_form(&simulator.url(path), &all, &[]).unwrap()
}

fn exchange(simulator: &Simulator, code: &str, others: &[(&'static str, &str)]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let form = form.into_iter().filter(|(name, _)| others.iter().all(|(other, _)| other != name));
    post(simulator, "/token", &form.chain(others.iter().copied()).collect::<Vec<_>>())
}

fn refresh(simulator: &Simulator, token: &str) -> Answer {
    post(simulator, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

fn error(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["error"].clone())
}

fn invalid_grant() -> (u16, Value) {
    (400, json!("invalid_grant"))
}

fn verdicts(simulator: &Simulator) -> Vec<Verdict> {
    simulator.presentations().into_iter().map(|presentation| presentation.verdict).collect()
}

#[test]
fn a_code_is_issued_immediately_and_exchanged() {
    let simulator = granting(settings());
    let metadata = loopback::get(&simulator.url("/.well-known/oauth-authorization-server"));
    let metadata = metadata.unwrap().json();
    assert_eq!(metadata["authorization_endpoint"], simulator.url("/authorize"));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let answer = authorize(&simulator, &request());
    assert_eq!((&answer["state"], &answer["iss"]), (&"a-state".to_owned(), &simulator.issuer()));
    let tokens = exchange(&simulator, &answer["code"], &[]).json();
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("openid email"), &json!(3600)));
    let claims = decoded(tokens["id_token"].as_str().unwrap(), 1).unwrap();
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("ada"), &json!("app")));
    assert_eq!(
        (&claims["email"], &claims["email_verified"]),
        (&json!("ada@example.com"), &json!(true))
    );
    let secrets = simulator.secrets();
    for name in ["access_token", "refresh_token"] {
        assert!(secrets.iter().any(|secret| tokens[name] == secret.as_str()), "{name}");
    }
    assert!(secrets.contains(&answer["code"]));
    assert_eq!(simulator.requests_to("/authorize")[0].parameter("state").unwrap(), "a-state");
    let presented = &simulator.presentations()[0];
    assert_eq!((presented.kind, presented.verdict), (Kind::Code, Verdict::Accepted));
}

#[test]
fn an_error_response_has_the_configured_error() {
    let simulator = granting(settings());
    simulator.consent(Consent::refused("access_denied", Some("<script>alert(1)</script>")));
    let answer = authorize(&simulator, &request());
    assert_eq!(answer["error"], "access_denied");
    assert_eq!(answer["error_description"], "<script>alert(1)</script>");
    assert_eq!((answer["state"].as_str(), answer.get("code")), ("a-state", None));
    let other = Issuer::Other("https://other.example".to_owned());
    simulator.consent(Consent::granted().issuer(other).state("x").code("injected"));
    let answer = authorize(&simulator, &request());
    assert_eq!((answer["iss"].as_str(), answer["state"].as_str()), ("https://other.example", "x"));
    assert_eq!(answer["code"], "injected");
    simulator.consent(Consent::granted().issuer(Issuer::Missing));
    assert_eq!(authorize(&simulator, &request()).get("iss"), None);
    simulator.consent(Consent::page("<p>log in"));
    let page =
        loopback::get(&simulator.url(&format!("/authorize?client_id=app&redirect_uri={CALLBACK}")));
    assert_eq!(
        (page.as_ref().unwrap().status, page.unwrap().body.as_slice()),
        (200, b"<p>log in".as_slice())
    );
}

#[test]
fn an_invalid_authorization_request_gets_no_code() {
    let simulator = granting(settings());
    let with = |name: &str, value: &'static str| {
        let mut request = request();
        request
            .iter_mut()
            .filter(|request| request.0 == name)
            .for_each(|request| request.1 = value);
        authorize(&simulator, &request)["error"].clone()
    };
    assert_eq!(with("code_challenge_method", "plain"), "invalid_request");
    assert_eq!(with("response_type", "token"), "unsupported_response_type");
    let elsewhere = simulator.url("/authorize?client_id=app&redirect_uri=https://evil.example/");
    assert_eq!(loopback::get(&elsewhere).unwrap().status, 400, "no open redirector");
}

#[test]
fn a_code_is_valid_once_for_its_client_redirect_uri_and_verifier() {
    let simulator = granting(settings().client_too(Client::public("other", CALLBACK)));
    let code = authorize(&simulator, &request())["code"].clone();
    assert_eq!(error(&exchange(&simulator, "stranger", &[])), invalid_grant());
    let changes = [
        ("client_id", "other"),
        ("redirect_uri", "http://127.0.0.1:1/other"),
        ("code_verifier", "another verifier of the right length, or so it seems"),
    ];
    for change in changes {
        assert_eq!(error(&exchange(&simulator, &code, &[change])), invalid_grant(), "{change:?}");
    }
    let wrong = exchange(&simulator, &code, &[("client_secret", "wrong")]);
    assert_eq!(error(&wrong), (401, json!("invalid_client")));
    let tokens = exchange(&simulator, &code, &[]).json();
    assert_eq!(error(&exchange(&simulator, &code, &[])), invalid_grant());
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(error(&refresh(&simulator, token)), invalid_grant(), "all of it is revoked");
    let wanted = [
        Verdict::Unknown,
        Verdict::OtherClient,
        Verdict::OtherRedirectUri,
        Verdict::WrongVerifier,
        Verdict::Accepted,
        Verdict::Reused,
        Verdict::Revoked,
    ];
    assert_eq!(verdicts(&simulator), wanted);
    let late = authorize(&simulator, &request())["code"].clone();
    simulator.set_clock_offset(61);
    assert_eq!(error(&exchange(&simulator, &late, &[])), invalid_grant());
    assert_eq!(verdicts(&simulator).last(), Some(&Verdict::Expired));
}

#[test]
fn a_rotated_refresh_token_is_valid_only_within_the_grace_period() {
    let simulator = granting(settings().rotating(GRACE));
    let first = simulator.refresh_token("app", None);
    let second = refresh(&simulator, &first).json()["refresh_token"].clone();
    assert_eq!(refresh(&simulator, &first).json()["refresh_token"], second, "the same again");
    assert_eq!(simulator.reuses(), 0);
    simulator.set_clock_offset(60);
    assert_eq!(error(&refresh(&simulator, &first)), invalid_grant());
    assert_eq!(error(&refresh(&simulator, second.as_str().unwrap())), invalid_grant());
    assert_eq!(simulator.reuses(), 1);
    let wanted = [Verdict::Accepted, Verdict::WithinGrace, Verdict::Reused, Verdict::Revoked];
    assert_eq!(verdicts(&simulator), wanted);
    let family = &simulator.families()[0];
    assert_eq!((family.refresh_tokens.len(), family.revoked), (2, true));
}

#[test]
fn without_rotation_no_refresh_response_has_a_refresh_token() {
    let simulator = granting(settings().rotating(Rotation::Never));
    let token = simulator.refresh_token("app", Some("api"));
    for _ in 0..2 {
        let tokens = refresh(&simulator, &token).json();
        assert_eq!((tokens.get("refresh_token"), &tokens["scope"]), (None, &json!("api")));
    }
    simulator.revoke_all();
    assert_eq!(error(&refresh(&simulator, &token)), invalid_grant());
    simulator.change_grants(Settings::without_refresh_tokens);
    let code = authorize(&simulator, &request())["code"].clone();
    assert_eq!(exchange(&simulator, &code, &[]).json().get("refresh_token"), None);
}

#[test]
fn a_response_may_be_lost_after_the_rotation() {
    let simulator = granting(settings());
    let token = simulator.refresh_token("app", None);
    simulator.script(Matcher::path("/token").times(1), Behavior::lost());
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &token),
        ("client_id", "app"),
        ("client_secret", "s"),
    ];
    assert!(post_form(&simulator.token_endpoint(), &form, &[]).is_err());
    assert_eq!(simulator.families()[0].refresh_tokens.len(), 2);
    assert_eq!(error(&refresh(&simulator, &token)), invalid_grant());
    assert_eq!(simulator.reuses(), 1);
}

#[test]
fn scripts_change_the_response_but_not_the_state() {
    let simulator = granting(settings());
    let token = simulator.refresh_token("app", None);
    let scripted = Behavior::token().lifetime(5.0).field("refresh_token_expires_in", 7);
    simulator.script(Matcher::next(1), scripted);
    let tokens = refresh(&simulator, &token).json();
    assert_eq!(
        (&tokens["expires_in"], &tokens["refresh_token_expires_in"]),
        (&json!(5), &json!(7))
    );
    assert_eq!(tokens["refresh_token"], simulator.families()[0].refresh_tokens[1].as_str());
    simulator.script(Matcher::next(1), Behavior::empty(503));
    let second = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(&simulator, second).status, 503);
    assert_eq!(simulator.families()[0].refresh_tokens.len(), 2, "nothing was rotated");
}

#[test]
fn concurrent_exchanges_are_counted() {
    let simulator = granting(settings().rotating(GRACE));
    let token = simulator.refresh_token("app", None);
    simulator.script(Matcher::path("/token"), Behavior::token().delay(Duration::from_millis(500)));
    thread::scope(|scope| {
        scope.spawn(|| refresh(&simulator, &token));
        scope.spawn(|| refresh(&simulator, &token));
    });
    assert_eq!(simulator.concurrent_exchanges(), 1);
    simulator.clear_scripts();
    refresh(&simulator, &token);
    assert_eq!(simulator.concurrent_exchanges(), 1, "the others are over");
}

#[test]
fn a_refresh_token_may_expire_and_announce_it() {
    let simulator = granting(settings().refresh_lifetime(Duration::from_secs(90)));
    let token = simulator.refresh_token("app", None);
    let tokens = refresh(&simulator, &token).json();
    assert_eq!(tokens["refresh_token_expires_in"], 90);
    simulator.set_clock_offset(91);
    let second = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(error(&refresh(&simulator, second)), invalid_grant());
    assert_eq!(verdicts(&simulator), [Verdict::Accepted, Verdict::Expired]);
}

#[test]
fn pushed_requests_are_accepted_once_and_may_be_required() {
    let simulator = granting(settings().demanding_pushed());
    assert_eq!(authorize(&simulator, &request())["error"], "invalid_request");
    let pushed = post(&simulator, "/par", &request());
    assert_eq!(pushed.status, 201);
    let pushed = pushed.json();
    let by_reference =
        [("client_id", "app"), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let answer = authorize(&simulator, &by_reference);
    assert_eq!(answer["state"], "a-state");
    assert_eq!(exchange(&simulator, &answer["code"], &[]).status, 200);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(by_reference).finish();
    let again = loopback::get(&simulator.url(&format!("/authorize?{query}"))).unwrap();
    assert_eq!(again.status, 400);
}

#[test]
fn a_revoked_grant_is_invalid_and_a_revocation_may_fail() {
    let simulator = granting(settings());
    let code = authorize(&simulator, &request())["code"].clone();
    let tokens = exchange(&simulator, &code, &[]).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let ask =
        || post_form(&simulator.url("/userinfo"), &[], &[("Authorization", &bearer)]).unwrap();
    assert_eq!(ask().json()["sub"], "ada");
    let token = tokens["refresh_token"].as_str().unwrap();
    simulator.script(Matcher::path("/revoke").times(1), Behavior::empty(503));
    assert_eq!(post(&simulator, "/revoke", &[("token", token)]).status, 503);
    assert_eq!(ask().status, 200);
    assert_eq!(post(&simulator, "/revoke", &[("token", token)]).status, 200);
    assert_eq!(ask().status, 401);
    assert_eq!(error(&refresh(&simulator, token)), invalid_grant());
    assert_eq!((simulator.reuses(), simulator.requests_to("/revoke").len()), (0, 2));
}

#[test]
fn other_grants_are_unaffected() {
    let simulator = granting(settings());
    let answer = post(&simulator, "/token", &[("grant_type", "client_credentials")]);
    assert_eq!((answer.status, answer.json().get("refresh_token")), (200, None));
    assert!(simulator.presentations().is_empty());
}
