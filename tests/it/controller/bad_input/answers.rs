//! Answers of the token endpoint that bring no token: for a Connection that has none yet, and for
//! one that holds a good one.

use std::collections::BTreeMap;
use std::time::Duration;

use connection_core::clock::Stopwatch;
use futures::future::join_all;
use rig::simulator::Simulator;
use rig::simulator::behavior::{Behavior, RetryAfter};
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::{Value, json};

use super::{assert_complete, calls, pem_lines, requests_of, spec};
use crate::controller::metronome::Metronome;
use crate::keys::fixtures;
use crate::stage::{SOON, Scene, condition, message};

/// A script, as providers have sent it and worse; it must not show anywhere.
const CANARY: &str = "<script>alert('canary-from-outside')</script>";

/// The most requests that the delays allow in a time: half a second or three quarters of it before
/// the second, then twice that, and so on.
fn most_requests(elapsed: Duration) -> usize {
    let mut delay = Duration::from_millis(375);
    let (mut count, mut next) = (1, delay);
    while next <= elapsed {
        count += 1;
        delay *= 2;
        next += delay;
    }
    count
}

struct TokenResponse {
    name: &'static str,
    behavior: Behavior,
    reason: &'static str,
    stalled: bool,
    says: &'static str,
}

fn answer(
    name: &'static str,
    behavior: Behavior,
    (reason, says): (&'static str, &'static str),
) -> TokenResponse {
    TokenResponse { name, behavior, reason, stalled: false, says }
}

fn stalling(
    name: &'static str,
    behavior: Behavior,
    expected: (&'static str, &'static str),
) -> TokenResponse {
    TokenResponse { stalled: true, ..answer(name, behavior, expected) }
}

fn refusals() -> Vec<TokenResponse> {
    let described = |status, code| Behavior::described_error(status, code, CANARY);
    let coded = |code: Value| Behavior::json(400, &json!({ "error": code, "error_uri": CANARY }));
    let assertion = ("AssertionRejected", "sent: iss=");
    let rejected = ("RequestRejected", "(HTTP 400)");
    vec![
        stalling("invalid-grant", described(400, "invalid_grant"), assertion),
        stalling("invalid-client", described(401, "invalid_client"), assertion),
        stalling("success-that-is-none", described(200, "invalid_grant"), assertion),
        stalling("unauthorized", Behavior::empty(401), assertion),
        stalling(
            "unauthorized-client",
            described(400, "unauthorized_client"),
            ("ClientRejected", "unauthorized_client"),
        ),
        stalling(
            "invalid-scope",
            described(400, "invalid_scope"),
            ("ScopeRejected", "invalid_scope"),
        ),
        stalling("invalid-request", described(400, "invalid_request"), rejected),
        stalling("unsupported-grant", described(400, "unsupported_grant_type"), rejected),
        stalling("own-code", described(400, CANARY), rejected),
        stalling("code-in-object", coded(json!({ "code": CANARY })), rejected),
        stalling("code-in-list", coded(json!([CANARY])), rejected),
        stalling("not-found", Behavior::html(404, CANARY), ("ResponseInvalid", "(HTTP 404)")),
        stalling("not-found-empty", Behavior::empty(404), ("RequestRejected", "HTTP 404")),
        answer(
            "rate-limited",
            Behavior::too_many_requests(RetryAfter::Seconds(1)),
            ("RateLimited", "the operator retries later"),
        ),
        answer("slow-down", described(400, "slow_down"), ("RateLimited", "slow_down")),
        answer(
            "unavailable",
            described(400, "temporarily_unavailable"),
            ("ProviderUnavailable", "temporarily_unavailable"),
        ),
        answer("server-error", Behavior::text(500, CANARY), ("ProviderUnavailable", "HTTP 500")),
        answer("bad-gateway", Behavior::html(502, CANARY), ("ProviderUnavailable", "HTTP 502")),
    ]
}

fn no_tokens() -> Vec<TokenResponse> {
    let invalid = |says| ("ResponseInvalid", says);
    let gone = ("ProviderUnavailable", "the token endpoint");
    let canary = |token: &str| Behavior::token().access_token(token);
    vec![
        answer("html", Behavior::html(200, CANARY), invalid("HTML page")),
        answer(
            "not-json",
            Behavior::text(200, "canary-from-outside"),
            invalid("not a JSON object"),
        ),
        answer("json-list", Behavior::json(200, &json!([CANARY])), invalid("not a JSON object")),
        stalling("empty", Behavior::empty(200), invalid("contains no access token")),
        stalling(
            "no-token",
            Behavior::json(200, &json!({ "token": CANARY })),
            invalid("contains no access token"),
        ),
        stalling("empty-token", canary(""), invalid("it is empty")),
        stalling("token-of-two-lines", canary("canary-1\r\nX-Canary: 2"), invalid("characters")),
        stalling("token-with-spaces", canary("canary of words"), invalid("characters")),
        stalling(
            "token-number",
            Behavior::json(200, &json!({ "access_token": 12_345_678_901_u64 })),
            invalid("not a string"),
        ),
        stalling("token-too-long", canary(&"a".repeat(70_000)), invalid("exceeds 64 KiB")),
        stalling("huge", Behavior::huge(50_000_000), invalid("exceeds 64 KiB")),
        stalling("endless", Behavior::endless(), invalid("exceeds 64 KiB")),
        answer("gzip-bomb", Behavior::gzip_bomb(20_000_000), invalid("")),
        answer("truncated", Behavior::token().truncated(20), gone),
        answer("no-headers", Behavior::close_before_headers(), gone),
        answer("no-body", Behavior::close_after_headers(), gone),
        answer(
            "slow-loris",
            Behavior::token().drip(Duration::from_secs(1)),
            ("ProviderUnavailable", "in time"),
        ),
        answer(
            "silent",
            Behavior::token().delay(Duration::from_mins(2)),
            ("ProviderUnavailable", "in time"),
        ),
    ]
}

fn held_name(name: &str) -> String {
    format!("{name}-held")
}

async fn apply(scene: &Scene, simulator: &Simulator, name: &str) {
    let keystore = json!({ "assertion": { "keystoreRef": { "name": "keystore" } } });
    scene.apply(name, spec(simulator, name, &keystore)).await;
}

async fn token_of(scene: &Scene, name: &str) -> BTreeMap<String, String> {
    scene.data(&format!("{name}-token")).await.expect("the token Secret is there")
}

/// The answer for a Connection without a token, and for one whose token is to be renewed.
async fn spoil(scene: &Scene, simulator: &Simulator, case: &TokenResponse) {
    let old = held_name(case.name);
    apply(scene, simulator, &old).await;
    scene.until_issued(&old).await;
    let token = token_of(scene, &old).await;
    for name in [case.name, &old] {
        simulator.script(Matcher::client_id(name), case.behavior.clone());
    }
    apply(scene, simulator, case.name).await;
    scene.annotate(&old, "connection-operator.io/renew-requested-at", "1").await;

    let failed = scene.until(case.name, "Ready", "False", case.reason).await;
    assert_complete(&failed, case.reason, case.stalled);
    let said = message(&failed, "Ready");
    assert!(said.contains(case.says) && !said.contains("canary"), "{}: {said}", case.name);
    assert_eq!(scene.data(&format!("{}-token", case.name)).await, None, "{}", case.name);
    let failing = scene.until(&old, "Ready", "True", "RefreshFailed").await;
    assert_complete(&failing, case.reason, case.stalled);
    assert_eq!(token_of(scene, &old).await, token, "{old}: the last good token is untouched");
}

async fn recover(scene: &Scene, case: &TokenResponse) {
    for name in [case.name, &held_name(case.name)] {
        scene.annotate(name, "connection-operator.io/renew-requested-at", "2").await;
        wait::until_true(SOON, &format!("the renewal of {name}"), async || {
            let status = scene.connection(name).await.status.unwrap();
            status.last_handled_renew_requested_at.as_deref() == Some("2")
        })
        .await;
        let issued = scene.until_issued(name).await;
        assert_eq!(condition(&issued, "Stalled").0, "", "{name}");
    }
}

/// Plays all answers at the same time, while another Connection goes on as if nothing was.
async fn play(prefix: &str, cases: Vec<TokenResponse>) {
    let scene = Scene::open(prefix).await;
    let simulator = Simulator::start().unwrap();
    let key = fixtures::bytes("ed25519.p8.pem");
    scene.put_secret("keystore", &[("keystore.pem", &key)]).await;
    let metronome = Metronome::start(&scene).await;
    let mark = scene.stage.plane.audit_mark().unwrap();
    let stopwatch = Stopwatch::start();
    join_all(cases.iter().map(|case| spoil(&scene, &simulator, case))).await;
    metronome.beats(3).await;
    for case in &cases {
        let names = [(case.name.to_owned(), 0), (held_name(case.name), 1)];
        for (name, before) in names {
            let asked = requests_of(&simulator, &name) - before;
            let most = if case.stalled { 1 } else { most_requests(stopwatch.elapsed()) };
            assert!((1..=most).contains(&asked), "{name}: {asked} requests");
            let (writes, _) = calls(&scene, mark, &name);
            assert!(writes <= asked + 3, "{name}: {writes} writes for {asked} requests");
        }
    }
    simulator.clear_scripts();
    join_all(cases.iter().map(|case| recover(&scene, case))).await;
    let canaries = ["canary-from-outside", "canary-1", "canary of words"].map(str::to_owned);
    // A key so short has no line of full length.
    let key = String::from_utf8_lossy(&key).lines().nth(1).map(str::to_owned);
    let secrets = simulator.secrets().into_iter().filter(|secret| secret.len() >= 16);
    scene.assert_no_leak(&secrets.chain(canaries).chain(key).collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_response_is_reported_with_its_remedy_and_without_the_providers_text() {
    play("refusals", refusals()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_without_a_token_keeps_the_last_token_and_affects_no_other_connection() {
    play("no-tokens", no_tokens()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_with_credentials() {
    let scene = Scene::open("redirects").await;
    let simulator = Simulator::start().unwrap();
    let key = fixtures::bytes("rsa.p8.pem");
    scene.put_secret("keystore", &[("keystore.pem", &key)]).await;
    let names = [301, 302, 303, 307, 308].map(|status| format!("redirect-{status}"));
    for (status, name) in [301, 302, 303, 307, 308].into_iter().zip(&names) {
        let target = simulator.url("/elsewhere");
        simulator.script(Matcher::client_id(name), Behavior::redirect(status, &target));
        apply(&scene, &simulator, name).await;
    }
    for name in &names {
        let failed = scene.until(name, "Ready", "False", "RequestRejected").await;
        assert!(message(&failed, "Ready").contains("set the URL that it redirects to"), "{name}");
        assert_eq!(requests_of(&simulator, name), 1, "{name}");
    }
    assert!(
        simulator.requests().iter().all(|request| &*request.path == "/token"),
        "no user was redirected"
    );
    scene.assert_no_leak(&pem_lines(&key)).await;
}
