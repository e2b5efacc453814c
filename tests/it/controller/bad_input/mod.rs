//! Every mistake causes a condition with its own reason and a remedy, without a hot loop
//! and without a word of what is secret; and it is over when it is set right.

mod answers;
mod keystores;
mod secrets;
mod specs;

use futures::future::join_all;
use kube::ResourceExt;
use rig::control_plane::Mark;
use rig::simulator::Simulator;
use serde_json::{Value, json};

use crate::controller::lifecycle::jwt;
use crate::controller::metronome::Metronome;
use crate::keys::fixtures;
use crate::stage::{Scene, condition, message};

/// A Connection that cannot work.
struct Case {
    /// Its name, and that of its keystore Secret.
    name: &'static str,
    /// What is wrong in its spec, laid over a good one.
    spec: Value,
    /// Its keystore Secret; none where there is no data.
    secret: Vec<(&'static str, Vec<u8>)>,
    reason: &'static str,
    /// A part of the message: where the fault is, or what to do.
    says: &'static str,
}

fn case(
    name: &'static str,
    spec: Value,
    secret: &[(&'static str, &[u8])],
    (reason, says): (&'static str, &'static str),
) -> Case {
    let secret = secret.iter().map(|(key, value)| (*key, value.to_vec())).collect();
    Case { name, spec, secret, reason, says }
}

/// Lays `change` over `value` (RFC 7396).
fn merge(value: &mut Value, change: &Value) {
    match (value, change) {
        (Value::Object(value), Value::Object(change)) => {
            for (name, change) in change {
                if change.is_null() {
                    value.remove(name);
                } else {
                    merge(value.entry(name).or_insert(Value::Null), change);
                }
            }
        }
        (value, change) => *value = change.clone(),
    }
}

fn spec(simulator: &Simulator, name: &str, change: &Value) -> Value {
    let mut spec = jwt(simulator);
    merge(
        &mut spec,
        &json!({ "client": { "id": name }, "assertion": { "keystoreRef": { "name": name } } }),
    );
    merge(&mut spec, change);
    spec
}

async fn put(scene: &Scene, name: &str, data: &[(&'static str, Vec<u8>)]) {
    let data: Vec<_> = data.iter().map(|(key, value)| (*key, value.as_slice())).collect();
    scene.put_secret(name, &data).await;
}

fn requests_of(simulator: &Simulator, client: &str) -> usize {
    simulator.with_requests(|all| {
        all.iter().filter(|item| item.client_id().as_deref() == Some(client)).count()
    })
}

/// How many times the operator wrote the status of a Connection, and how many times it read Secrets
/// of its name.
fn calls(scene: &Scene, mark: Mark, name: &str) -> (usize, usize) {
    let calls = scene.calls_since(mark);
    let of = |resource: &str| {
        calls.iter().filter(|call| call.resource == resource && call.name == name).count()
    };
    (of("connections"), of("secrets"))
}

/// Plays cases that are wrong before any request is sent, all at the same time.
async fn play(prefix: &str, cases: Vec<Case>) -> (Scene, Simulator) {
    let scene = Scene::open(prefix).await;
    let simulator = Simulator::start().unwrap();
    let metronome = Metronome::start(&scene).await;
    let mark = scene.stage.plane.audit_mark().unwrap();
    join_all(cases.iter().map(|case| break_it(&scene, &simulator, case))).await;
    metronome.beats(3).await;
    assert_eq!(simulator.count(), 0, "no request with bad input");
    for case in &cases {
        let (writes, reads) = calls(&scene, mark, case.name);
        assert!(writes <= 3 && reads <= 3, "{}: {writes} writes, {reads} reads", case.name);
    }
    join_all(cases.iter().map(|case| fix_input(&scene, &simulator, case))).await;
    (scene, simulator)
}

async fn break_it(scene: &Scene, simulator: &Simulator, case: &Case) {
    if !case.secret.is_empty() {
        put(scene, case.name, &case.secret).await;
    }
    scene.apply(case.name, spec(simulator, case.name, &case.spec)).await;
    let failed = scene.until(case.name, "Ready", "False", case.reason).await;
    assert_complete(&failed, case.reason, true);
    let said = message(&failed, "Ready");
    assert!(said.contains(case.says), "{}: {said}", case.name);
    assert_eq!(scene.data(&format!("{}-token", case.name)).await, None, "{}", case.name);
}

/// Demands that the conditions agree on the reason.
fn assert_complete(
    connection: &connection_client::api::connection::Connection,
    reason: &str,
    stalled: bool,
) {
    let name = connection.name_any();
    let pair = |status: &str| (status.to_owned(), reason.to_owned());
    assert_eq!(condition(connection, "Refreshed"), pair("False"), "{name}");
    let expected = if stalled { pair("True") } else { Default::default() };
    assert_eq!(condition(connection, "Stalled"), expected, "{name}");
    assert!(message(connection, "Refreshed").len() > 20, "{name} says what to do");
}

async fn fix_input(scene: &Scene, simulator: &Simulator, case: &Case) {
    let good = [("keystore.pem", fixtures::bytes("rsa.p8.pem"))];
    put(scene, case.name, &good).await;
    scene.apply(case.name, spec(simulator, case.name, &json!({}))).await;
    let issued = scene.until_issued(case.name).await;
    assert_eq!(condition(&issued, "Stalled").0, "", "{}", case.name);
    // What is wrong may be in both, and the first change may suffice.
    let asked = requests_of(simulator, case.name);
    assert!((1..=2).contains(&asked), "{}: {asked} requests after the fix", case.name);
}

/// The lines of base64 in PEM text.
fn pem_lines(pem: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pem).into_owned();
    text.lines().filter(|line| line.len() == 64).map(str::to_owned).collect()
}
