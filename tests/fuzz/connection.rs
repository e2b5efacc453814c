use std::sync::Arc;

use connection_client::api::connection::Connection;
use connection_client::api::names::{
    CONNECTION_ANNOTATION, GRANT_ANNOTATION, HANDOFF_ANNOTATION, RECORD_ANNOTATION,
    RENEW_REQUESTED_AT_ANNOTATION, TICKET_ANNOTATION,
};
use connection_client::observation::observe::{Observation, observe};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::observation::prior_state::PriorState;
use connection_client::store::secret_summary::SecretSummary;
use connection_core::connection::facts::SpecState;
use connection_core::connection::{plan, report};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::random::Random;
use crate::runner::fuzz;

/// Connections of each flow, with all fields of the flow.
const SEEDS: [&str; 5] = [
    include_str!("../../examples/authorization-code.yaml"),
    include_str!("../../examples/client-credentials.yaml"),
    include_str!("../../examples/full.yaml"),
    include_str!("../../examples/mutual-tls.yaml"),
    include_str!("../../examples/salesforce.yaml"),
];

/// Annotations that the operator reads, on the Connection and on its Secrets.
const ANNOTATIONS: [&str; 6] = [
    CONNECTION_ANNOTATION,
    GRANT_ANNOTATION,
    HANDOFF_ANNOTATION,
    RECORD_ANNOTATION,
    RENEW_REQUESTED_AT_ANNOTATION,
    TICKET_ANNOTATION,
];

/// Values of the annotations.
const TEXTS: [&str; 7] = [
    "",
    "1",
    "crm",
    "full-jwt",
    "AuthorizationResponse",
    r#"{"serial":7,"binding":{"tokenEndpoint":"https://login.example.com/oauth2/token"},"consent":{"at":"2026-05-04T08:00:00Z"},"claim":{"holder":"a","at":"2026-05-04T08:59:59Z"},"expiresAt":"9999-12-30T22:00:00Z"}"#,
    r#"{"issuedAt":"2026-05-04T08:00:00Z","expiresAt":"2026-05-04T10:00:00Z","expirySource":"Response","tokenEndpoint":"https://login.example.com/oauth2/token","request":"znmimNA0YJ_t1hMmBKWr6g","material":"vtibIkCVMlJz5_bJGNEnqw","salt":"Hb5L_7d06E9ueb9xPjERkw","inputs":{"crm":"uid/229"},"form":"R8TxVpXUhSbys7CoSAPjPw","dress":"2CcEkDn4KotlqbD1LmN88w","answers":{}}"#,
];

fn seeds() -> Vec<Value> {
    let documents =
        SEEDS.iter().flat_map(|text| serde_saphyr::from_multiple::<Value>(text).unwrap());
    documents.filter(|document| document["kind"] == "Connection").collect()
}

/// Generates a value that is invalid or at a bound.
fn odd(random: &mut Random) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(u32::MAX),
        json!(1e300),
        json!(""),
        json!("a"),
        json!("https://[::1]:0/%00?#"),
        json!("{{ namespace }}"),
        json!("${subject}"),
        json!("2026-05-04T09:00:00Z"),
        json!("x".repeat(300)),
        json!([]),
        json!({}),
        json!(["a", "a"]),
        json!({ "name": "a", "key": "" }),
    ];
    random.pick(&values).clone()
}

/// Removes, duplicates or replaces a random part of a value.
fn change(random: &mut Random, value: &mut Value, others: &[Value]) {
    if random.one_in(8) {
        *value = odd(random);
        return;
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let names: Vec<_> = fields.keys().cloned().collect();
            let name = random.pick(&names);
            match random.below(6) {
                0 => drop(fields.remove(name)),
                1 => {
                    // A field of another Connection.
                    if let Some(other) = random.pick(others)["spec"].as_object() {
                        let names: Vec<_> = other.keys().collect();
                        let name = *random.pick(&names);
                        fields.insert(name.clone(), other[name].clone());
                    }
                }
                _ => change(random, &mut fields[name], others),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = random.below(items.len());
            match random.below(4) {
                0 => items.push(items[index].clone()),
                1 => drop(items.remove(index)),
                _ => change(random, &mut items[index], others),
            }
        }
        Value::String(text) => {
            let mut bytes = std::mem::take(text).into_bytes();
            random.mutate(&mut bytes);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        _ => *value = odd(random),
    }
}

fn connection(random: &mut Random, seeds: &[Value]) -> Vec<u8> {
    let mut one = random.pick(seeds).clone();
    one["metadata"]["uid"] = json!("uid");
    one["metadata"]["namespace"] = json!("team");
    if random.one_in(4) {
        one["spec"]["flow"] = json!(random.pick(&[
            "JWT",
            "JWTClientAssertion",
            "ClientCredentials",
            "AuthorizationCode"
        ]));
    }
    for _ in 0..random.below(4) {
        change(random, &mut one["spec"], seeds);
    }
    let mut annotations = json!({});
    for name in ANNOTATIONS {
        if random.one_in(4) {
            annotations[name] = json!(random.pick(&TEXTS));
        }
    }
    one["metadata"]["annotations"] = annotations;
    let mut bytes = one.to_string().into_bytes();
    if random.one_in(4) {
        random.mutate(&mut bytes);
    }
    bytes
}

/// Observes, plans and reports a new Connection, first without Secrets, then with Secrets that have
/// the annotations of the Connection.
fn decide(connection: Connection, now: Timestamp) -> Observation {
    let metadata = connection.metadata.clone();
    let there = move |_: &str| Some(SecretSummary::new(&metadata));
    let subject = ObservedConnection::new(Arc::new(connection));
    let mut last = None;
    for secrets in [&(|_: &str| None) as &dyn Fn(&str) -> Option<SecretSummary>, &there] {
        let observation = observe(&subject, secrets, PriorState::default(), now);
        let _ = plan::next(&observation.facts, now);
        let report = report::report(&observation.facts, None, now);
        drop(report);
        last = Some(observation);
    }
    last.unwrap()
}

fn now() -> Timestamp {
    "2026-05-04T09:00:00Z".parse().unwrap()
}

#[test]
fn no_connection_panics() {
    let seeds = seeds();
    fuzz(
        "connection",
        |random| connection(random, &seeds),
        |bytes| {
            if let Ok(connection) = serde_json::from_slice(bytes) {
                decide(connection, now());
            }
        },
    );
}

#[test]
fn the_generator_produces_valid_and_invalid_connections() {
    let seeds = seeds();
    let (mut good, mut bad) = (0, 0);
    for seed in 0..2000 {
        let bytes = connection(&mut Random::new(seed), &seeds);
        let Ok(connection) = serde_json::from_slice(&bytes) else { continue };
        match decide(connection, now()).facts.spec {
            SpecState::Valid => good += 1,
            SpecState::Invalid(_) => bad += 1,
        }
    }
    assert!(good > 20 && bad > 20, "{good} {bad}");
}
