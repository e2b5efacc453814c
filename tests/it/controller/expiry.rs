//! How long a token lives, in all the ways that providers say it, or do not.

use futures::future::join_all;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use rig::simulator::token::Expiry;
use serde_json::{Value, json};

use crate::controller::lifecycle::{jwt, open};
use crate::stage::{Scene, condition};

struct Case {
    name: &'static str,
    behavior: Behavior,
    spec: Value,
    source: &'static str,
    /// Seconds.
    lifetime: i64,
}

fn case(name: &'static str, behavior: Behavior, source: &'static str, lifetime: i64) -> Case {
    Case { name, behavior, spec: json!({}), source, lifetime }
}

fn cases() -> Vec<Case> {
    let of = |expiry| Behavior::token().lifetime(1800.0).expiry(expiry);
    let every = json!({ "refresh": { "everySeconds": 1200 } });
    let salesforce = json!({ "name": "salesforce", "values": { "domain": "example.my" } });
    let preset = json!({ "provider": salesforce });
    let both = json!({ "provider": salesforce, "refresh": { "everySeconds": 1200 } });
    let missing = || of(Expiry::Missing);
    vec![
        case("number", of(Expiry::Seconds), "Response", 1800),
        case("float", Behavior::token().lifetime(1800.5), "Response", 1800),
        case("text", of(Expiry::Text), "Response", 1800),
        case("milliseconds", of(Expiry::Value(json!(1_800_000_000_u64))), "Response", 1_800_000),
        case("date", of(Expiry::Date("expires_at")), "Response", 1800),
        case("date-in-expires", of(Expiry::Date("expires")), "Response", 1800),
        case("epoch", of(Expiry::Epoch("expires_at")), "Response", 1800),
        case("missing", missing(), "Default", 3600),
        case("zero", of(Expiry::Value(json!(0))), "Default", 3600),
        case("negative", of(Expiry::Value(json!(-5))), "Default", 3600),
        case("no-number", of(Expiry::Value(json!("soon"))), "Default", 3600),
        case("null", of(Expiry::Value(json!(null))), "Default", 3600),
        case("eternal", of(Expiry::Value(json!(1e300))), "Default", 3600),
        case("own-exp", missing().jwt(), "Token", 1800),
        case("answer-before-own-exp", of(Expiry::Value(json!(900))).jwt(), "Response", 900),
        Case { spec: every.clone(), ..case("every", missing(), "RefreshEverySeconds", 1200) },
        Case { spec: every, ..case("own-exp-before-every", missing().jwt(), "Token", 1800) },
        Case { spec: preset.clone(), ..case("preset", missing(), "Preset", 900) },
        Case {
            spec: preset,
            ..case("answer-before-preset", of(Expiry::Seconds), "Response", 1800)
        },
        Case { spec: both, ..case("every-before-preset", missing(), "RefreshEverySeconds", 1200) },
    ]
}

async fn play(scene: &Scene, simulator: &Simulator, case: Case) {
    let Case { name, behavior, spec: change, source, lifetime } = case;
    simulator.script(Matcher::issuer(name), behavior);
    let mut spec = jwt(simulator);
    spec["client"]["id"] = json!(name);
    spec.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    scene.apply(name, spec).await;
    let group = scene.until_issued(name).await.status.unwrap().connection_group.unwrap();
    assert_eq!(group.expiry_source.as_deref(), Some(source), "{name}");
    let (issued, expires) = (group.issued_at.unwrap(), group.expires_at.unwrap());
    let lived = expires.duration_since(issued).as_secs();
    // Times have whole seconds, and an absolute one is on the provider's way for a moment.
    assert!((lifetime - 3..=lifetime + 1).contains(&lived), "{name}: {lived} s");
    let data = scene.data(&format!("{name}-token")).await.unwrap();
    assert_eq!(data["expires_at"], expires.to_string(), "{name}");
    let next = group.next_refresh_at.unwrap();
    assert!(issued < next && next < expires, "{name}: renewed at {next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_has_the_expiry_of_the_token_and_its_source() {
    let (scene, simulator) = open("expiry").await;
    join_all(cases().into_iter().map(|case| play(&scene, &simulator, case))).await;
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusual_but_valid_response_is_accepted() {
    let (scene, simulator) = open("odd").await;
    let token = Behavior::token;
    let answers = [
        ("created", token().status(201)),
        ("no-type", token().token_type(None)),
        ("lower-case-type", token().token_type(Some("bearer"))),
        ("scope-list", token().field("scope", json!(["api", "web"]))),
        ("null-error", token().field("error", json!(null))),
        ("said-to-be-text", token().header("content-type", "text/plain")),
    ];
    for (name, behavior) in answers {
        simulator.script(Matcher::issuer(name), behavior);
        let mut spec = jwt(&simulator);
        spec["client"]["id"] = json!(name);
        scene.apply(name, spec).await;
    }
    for name in ["created", "no-type", "lower-case-type", "scope-list", "null-error"] {
        scene.until_issued(name).await;
        let data = scene.data(&format!("{name}-token")).await.unwrap();
        let header = format!("Authorization: Bearer {}", data["access_token"]);
        assert_eq!(data["authorization"], header, "{name}");
    }
    let text = scene.until_issued("said-to-be-text").await;
    assert_eq!(condition(&text, "Refreshed").1, "TokenIssued");
    let list = scene.until_issued("scope-list").await.status.unwrap().connection_group.unwrap();
    assert_eq!(list.scopes, ["api", "web"]);
    assert_eq!(scene.data("scope-list-token").await.unwrap()["scope"], "api web");
    assert_eq!(scene.data("no-type-token").await.unwrap()["token_type"], "Bearer");
}
