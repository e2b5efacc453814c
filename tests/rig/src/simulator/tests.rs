use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use crate::servers::loopback::{Answer, post_form};
use crate::simulator::Simulator;
use crate::simulator::behavior::{Behavior, RetryAfter};
use crate::simulator::ledger::{Outcome, decoded};
use crate::simulator::matcher::Matcher;
use crate::simulator::token::Expiry;

fn simulator() -> Simulator {
    Simulator::start().expect("a free port")
}

fn ask(simulator: &Simulator) -> Answer {
    let form = [("grant_type", "client_credentials"), ("client_id", "one"), ("client_secret", "s")];
    post_form(&simulator.token_endpoint(), &form, &[]).expect("an answer")
}

fn answer(behavior: Behavior) -> Answer {
    let simulator = simulator();
    simulator.otherwise(behavior);
    ask(&simulator)
}

/// What comes back on a raw connection until it ends.
fn octets(simulator: &Simulator, limit: u64) -> Vec<u8> {
    let mut stream = TcpStream::connect(simulator.address()).expect("a connection");
    stream
        .write_all(
            b"POST /token HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        )
        .expect("a request");
    let mut octets = Vec::new();
    // A reset ends the answer like any other end.
    let _ = stream.take(limit).read_to_end(&mut octets);
    octets
}

#[test]
fn without_a_script_every_request_gets_a_token_for_an_hour_and_is_recorded() {
    let simulator = simulator();
    let body = ask(&simulator).json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let requests = simulator.requests();
    let [request] = requests.as_slice() else { panic!("one request") };
    assert_eq!(request.parameter("grant_type").as_deref(), Some("client_credentials"));
    assert_eq!(request.client_id().as_deref(), Some("one"));
    assert_eq!(simulator.secrets(), [body["access_token"].as_str().expect("a token")]);
    assert!(simulator.secrets()[0].starts_with("canary-access-"));
}

#[test]
fn the_expiry_has_the_configured_format() {
    let cases = [
        (Expiry::Seconds, 2.5, Some(json!(2.5))),
        (Expiry::Text, 60.0, Some(json!("60"))),
        (Expiry::Milliseconds, 86_399.985, Some(json!(86_399_985))),
        (Expiry::Value(json!(-1)), 60.0, Some(json!(-1))),
        (Expiry::Missing, 60.0, None),
    ];
    for (expiry, lifetime, wanted) in cases {
        let body = answer(Behavior::token().lifetime(lifetime).expiry(expiry)).json();
        assert_eq!(body.get("expires_in"), wanted.as_ref());
    }
    let body = answer(Behavior::token().expiry(Expiry::Date("expires_at"))).json();
    let date = body["expires_at"].as_str().expect("a date");
    assert!(date.parse::<jiff::Timestamp>().is_ok(), "{date}");
}

#[test]
fn a_token_response_may_omit_its_type_and_have_extra_fields() {
    let behavior = Behavior::token()
        .status(201)
        .token_type(None)
        .access_token("a\r\nb")
        .field("scope", json!(["a", "b"]))
        .field("instance_url", "https://api.example");
    let answer = answer(behavior);
    assert_eq!(answer.status, 201);
    let body = answer.json();
    assert_eq!(body.get("token_type"), None);
    assert_eq!((&body["access_token"], &body["scope"]), (&json!("a\r\nb"), &json!(["a", "b"])));
}

#[test]
fn error_responses_and_pages_are_sent_as_scripted() {
    let refused = answer(Behavior::described_error(200, "invalid_grant", "<script>canary"));
    assert_eq!(refused.status, 200);
    assert_eq!(refused.json()["error_description"], "<script>canary");
    let page = answer(Behavior::html(503, "<p>down</p>").header("date", "yesterday"));
    assert_eq!((page.status, page.header("date")), (503, Some("yesterday")));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let limited = answer(Behavior::too_many_requests(RetryAfter::Seconds(7)));
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
    let moved = answer(Behavior::redirect(307, "http://127.0.0.1:1/elsewhere"));
    assert_eq!(moved.header("location"), Some("http://127.0.0.1:1/elsewhere"));
}

#[test]
fn the_latest_script_applies_first_and_ends_after_its_number_of_requests() {
    let simulator = simulator();
    simulator.script(Matcher::client_id("one"), Behavior::error(400, "invalid_client"));
    simulator.script(Matcher::client_id("other"), Behavior::empty(500));
    simulator.script(Matcher::next(2), Behavior::empty(503));
    let statuses: Vec<u16> = (0..4).map(|_| ask(&simulator).status).collect();
    assert_eq!(statuses, [503, 503, 400, 400]);
    simulator.clear_scripts();
    assert_eq!(ask(&simulator).status, 200);
    let outcomes: Vec<_> = simulator.requests().into_iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes[..3], [503, 503, 400].map(Outcome::Scripted));
}

#[test]
fn broken_connections_break_at_the_configured_point() {
    let simulator = simulator();
    simulator.otherwise(Behavior::close_before_headers());
    assert!(octets(&simulator, 1 << 20).is_empty());
    simulator.otherwise(Behavior::close_after_headers());
    assert!(octets(&simulator, 1 << 20).ends_with(b"\r\n\r\n"));
    simulator.otherwise(Behavior::token().truncated(5));
    assert!(octets(&simulator, 1 << 20).ends_with(b"\r\n\r\n{\"acc"));
}

#[test]
fn bodies_may_be_huge_compressed_endless_or_slow() {
    let huge = answer(Behavior::huge(200_000)).body;
    assert_eq!((huge.len(), huge[0], huge[199_999]), (200_000, b'"', b'"'));
    let packed = answer(Behavior::gzip_bomb(10 << 20));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!((unpacked.len(), packed.body.len() < 100_000), (10 << 20, true));
    let simulator = simulator();
    simulator.otherwise(Behavior::endless());
    assert_eq!(octets(&simulator, 1 << 20).len(), 1 << 20);
    simulator.otherwise(Behavior::json(200, &json!("slow")).drip(Duration::from_millis(1)));
    assert_eq!(ask(&simulator).json(), json!("slow"));
}

#[test]
fn a_clock_offset_appears_in_the_date_header() {
    let simulator = simulator();
    simulator.set_clock_offset(86_400 * 365);
    let date = ask(&simulator).header("date").map(str::to_owned).expect("a date");
    let now = ask(&self::simulator()).header("date").map(str::to_owned).expect("a date");
    assert_ne!(date[12..16], now[12..16], "{date} is a year after {now}");
}

#[tokio::test]
async fn a_request_can_be_waited_for() {
    let simulator = simulator();
    assert!(!simulator.wait_for(1, Duration::ZERO).await);
    ask(&simulator);
    assert!(simulator.wait_for(1, Duration::from_secs(5)).await);
}

#[test]
fn a_jwt_access_token_contains_its_expiry() {
    let body = answer(Behavior::token().jwt().lifetime(60.0).expiry(Expiry::Missing)).json();
    let token = body["access_token"].as_str().expect("a token");
    let claims = decoded(token, 1).expect("claims");
    let seconds = |name: &str| claims[name].as_i64().expect("seconds");
    assert_eq!(seconds("exp") - seconds("iat"), 60);
    assert_eq!(body.get("expires_in"), None::<&Value>);
}

#[tokio::test]
async fn a_simulator_with_tls_is_trusted_by_its_certificate() {
    let simulator = Simulator::start_tls().expect("a certificate");
    assert!(simulator.token_endpoint().starts_with("https://127.0.0.1:"));
    let pem = simulator.certificate().expect("a certificate");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(simulator.address()).await.expect("a connection");
    let name = "127.0.0.1".try_into().expect("a name");
    let mut stream =
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake");
    stream.write_all(b"POST /token HTTP/1.0\r\n\r\n").await.expect("a request");
    let mut text = String::new();
    // The simulator ends without close_notify.
    let _ = stream.read_to_string(&mut text).await;
    assert!(text.contains(&simulator.secrets()[0]), "{text}");
}
