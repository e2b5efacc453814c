//! The certificate that the server shows, and what is trusted.

use rig::parts::nginx::{Nginx, Site};
use rig::simulator::Simulator;
use serde_json::json;

use crate::keys::fixtures::STORE;
use crate::net::certificates::{server, servers, stranger, truststore};
use crate::net::{CLIENT_SECRET, client_secret, furnish, trusting, with};
use crate::stage::{Scene, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_truststore_of_every_type_adds_to_or_replaces_the_public_authorities() {
    let scene = Scene::open("truststores").await;
    furnish(&scene).await;
    let simulator = Simulator::start().unwrap();
    let nginx = Nginx::start(&[Site::new(server(), simulator.address())]).unwrap();
    let authority = &servers().pair.certificate;
    let password = ("password", STORE.as_bytes());
    let pkcs12 = truststore("PKCS12", authority);
    scene.put_secret("pkcs12", &[("truststore.p12", &pkcs12), password]).await;
    scene.put_secret("jks", &[("truststore.jks", &truststore("JKS", authority)), password]).await;
    for store in ["authority", "pkcs12", "jks"] {
        for mode in ["Add", "Replace"] {
            let name = format!("{store}-{}", mode.to_lowercase());
            let tls = json!({ "truststoreRef": { "name": store }, "truststoreMode": mode });
            let spec = client_secret(&nginx.token_endpoint(0));
            scene.apply(&name, with(spec, &json!({ "tls": tls }))).await;
            scene.until_issued(&name).await;
        }
    }
    let mut secrets = simulator.secrets();
    secrets.push(CLIENT_SECRET.to_owned());
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_server_receives_no_request() {
    let scene = Scene::open("untrusted").await;
    furnish(&scene).await;
    let stranger = stranger().pair.certificate;
    scene.put_secret("stranger", &[("ca.crt", stranger.as_bytes())]).await;
    let simulator = Simulator::start().unwrap();
    let site = |identity| Site::new(identity, simulator.address());
    let nginx = Nginx::start(&[
        site(server()),
        site(servers().expired_server(&["127.0.0.1"]).unwrap()),
        site(servers().server(&["login.example.com"]).unwrap()),
    ])
    .unwrap();
    let at = |index| nginx.token_endpoint(index);
    let other = json!({ "tls": { "truststoreRef": { "name": "stranger" } } });
    for (name, spec) in [
        ("public", client_secret(&at(0))),
        ("other", with(client_secret(&at(0)), &other)),
        ("expired", trusting(&at(1))),
        ("host", trusting(&at(2))),
    ] {
        scene.apply(name, spec).await;
        let failed = scene.until(name, "Ready", "False", "ServerCertificateUntrusted").await;
        assert!(message(&failed, "Ready").contains("tls.truststoreRef"), "{name}");
    }
    assert_eq!(simulator.count(), 0, "nothing came through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_modern_tls_is_unavailable() {
    let scene = Scene::open("tls-versions").await;
    furnish(&scene).await;
    let simulator = Simulator::start().unwrap();
    let site = |protocols| Site::new(server(), simulator.address()).speaking(protocols);
    let nginx = Nginx::start(&[site("TLSv1.1"), site("TLSv1.2"), site("TLSv1.3")]).unwrap();
    let plain = format!("https://{}/token", simulator.address());
    for (name, endpoint) in [("tls-1-1", nginx.token_endpoint(0)), ("plain", plain)] {
        scene.apply(name, trusting(&endpoint)).await;
        let failed = scene.until(name, "Ready", "False", "ProviderUnavailable").await;
        assert!(message(&failed, "Ready").contains("TLS 1.2"), "{name}");
    }
    assert_eq!(simulator.count(), 0, "nothing came through");
    for (name, index, version) in [("tls-1-2", 1, "TLSv1.2"), ("tls-1-3", 2, "TLSv1.3")] {
        scene.apply(name, trusting(&nginx.token_endpoint(index))).await;
        scene.until_issued(name).await;
        assert_eq!(nginx.requests(index).pop().unwrap().protocol, version);
    }
}
