//! The certificate that the client shows, to servers that demand one.

use rig::parts::authority::Pair;
use rig::parts::nginx::{Nginx, Site};
use rig::parts::relay::Relay;
use rig::simulator::Simulator;
use serde_json::{Value, json};

use crate::keys::fixtures::STORE;
use crate::net::certificates::{clients, jks, pkcs12, serial, server, stranger, tls, version_1};
use crate::net::{furnish, trusting};
use crate::stage::Scene;

/// A client that authenticates by the certificate of a Secret.
pub fn showing(endpoint: &str, keystore: &str) -> Value {
    json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": endpoint },
        "client": { "id": "client", "authentication": "TLS" },
        "tls": { "keystoreRef": { "name": keystore }, "truststoreRef": { "name": "authority" } },
    })
}

/// nginx in front of a simulator; it demands a client certificate.
pub fn demanding(simulator: &Simulator) -> Nginx {
    let site = Site::new(server(), simulator.address()).demanding(&clients().pair.certificate);
    Nginx::start(&[site]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_presented_from_every_type_of_keystore() {
    let scene = Scene::open("mutual-tls").await;
    furnish(&scene).await;
    let simulator = Simulator::start().unwrap();
    let nginx = demanding(&simulator);
    let client = |name: &str| clients().client(name).unwrap();
    let pairs = [client("pem"), client("pkcs12"), client("jks"), version_1()];
    let password = ("password", STORE.as_bytes());
    scene.put_secret("pem", &tls(&pairs[0])).await;
    scene.put_secret("pkcs12", &[("keystore.p12", &pkcs12(&pairs[1])), password]).await;
    scene.put_secret("jks", &[("keystore.jks", &jks(&pairs[2])), password]).await;
    scene.put_secret("version-1", &tls(&pairs[3])).await;
    for (name, pair) in ["pem", "pkcs12", "jks", "version-1"].iter().zip(&pairs) {
        scene.apply(name, showing(&nginx.token_endpoint(0), name)).await;
        scene.until_issued(name).await;
        let last = nginx.requests(0).pop().unwrap();
        assert_eq!((last.serial, last.status), (serial(pair), 200), "{name}");
        assert_eq!(last.verdict, "SUCCESS", "{name}");
        assert_eq!(last.protocol, "TLSv1.3");
    }
    // The certificate is all that authenticates the client (RFC 8705 section 2).
    for request in simulator.requests() {
        assert_eq!(request.parameter("client_id").as_deref(), Some("client"));
        assert_eq!(request.parameter("client_secret"), None);
        assert_eq!(request.authorization, None);
    }
    scene.assert_no_leak(&simulator.secrets()).await;
}

/// Secrets `expired` and `untrusted`, each with a client certificate of that kind.
async fn put_bad_certificates(scene: &Scene) {
    let expired = clients().expired_client("expired").unwrap();
    scene.put_secret("expired", &tls(&expired)).await;
    let untrusted: Pair = stranger().client("untrusted").unwrap();
    scene.put_secret("untrusted", &tls(&untrusted)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_rejected_by_nginx_has_its_own_reason() {
    let scene = Scene::open("refused-by-page").await;
    furnish(&scene).await;
    put_bad_certificates(&scene).await;
    let simulator = Simulator::start().unwrap();
    let nginx = demanding(&simulator);
    for (name, verdict) in
        [("expired", "FAILED:certificate has expired"), ("untrusted", "FAILED:unable to ")]
    {
        scene.apply(name, showing(&nginx.token_endpoint(0), name)).await;
        scene.until(name, "Ready", "False", "ClientCertificateRejected").await;
        let last = nginx.requests(0).pop().unwrap();
        assert_eq!(last.status, 400);
        assert!(last.verdict.starts_with(verdict), "{last:?}");
    }
    assert_eq!(simulator.count(), 0, "nothing came through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_rejected_by_a_tls_alert_has_the_same_reason() {
    let scene = Scene::open("refused-by-alert").await;
    furnish(&scene).await;
    put_bad_certificates(&scene).await;
    scene.put_secret("good", &tls(&clients().client("good").unwrap())).await;
    let simulator = Simulator::start().unwrap();
    let authority = &clients().pair.certificate;
    let relay = Relay::tls(simulator.address(), &server(), Some(authority)).unwrap();
    let endpoint = format!("https://{}/token", relay.address());
    for name in ["expired", "untrusted"] {
        scene.apply(name, showing(&endpoint, name)).await;
        scene.until(name, "Ready", "False", "ClientCertificateRejected").await;
    }
    scene.apply("none", trusting(&endpoint)).await;
    scene.until("none", "Ready", "False", "ClientCertificateRejected").await;
    assert_eq!(simulator.count(), 0, "nothing came through");
    scene.apply("good", showing(&endpoint, "good")).await;
    scene.until_issued("good").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_certificate_does_not_reuse_a_tls_session_with_one() {
    let scene = Scene::open("not-shared").await;
    furnish(&scene).await;
    scene.put_secret("good", &tls(&clients().client("good").unwrap())).await;
    let simulator = Simulator::start().unwrap();
    let nginx = demanding(&simulator);
    scene.apply("good", showing(&nginx.token_endpoint(0), "good")).await;
    scene.until_issued("good").await;
    scene.apply("none", trusting(&nginx.token_endpoint(0))).await;
    scene.until("none", "Ready", "False", "ResponseInvalid").await;
    assert_eq!(nginx.requests(0).pop().unwrap().verdict, "NONE");
    assert_eq!(simulator.count(), 1);
}
