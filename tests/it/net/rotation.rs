//! Certificates and authorities that change while the operator runs.

use rig::parts::relay::Relay;
use rig::simulator::behavior::Behavior;
use rig::wait;
use serde_json::json;

use crate::net::certificates::{clients, serial, server, servers, stranger, tls};
use crate::net::client_certificates::{demanding, showing};
use crate::net::{furnish, provider, trusting, with};
use crate::stage::{SOON, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_client_certificate_is_presented_at_the_next_request() {
    let scene = Scene::open("renewed-client").await;
    furnish(&scene).await;
    let pairs = [clients().client("old").unwrap(), clients().client("new").unwrap()];
    scene.put_secret("keystore", &tls(&pairs[0])).await;
    let simulator = provider();
    simulator.otherwise(Behavior::token().lifetime(4.0));
    let nginx = demanding(&simulator);
    scene.apply("crm", showing(&nginx.token_endpoint(0), "keystore")).await;
    scene.until_issued("crm").await;
    assert_eq!(nginx.requests(0).pop().unwrap().serial, serial(&pairs[0]));
    scene.put_secret("keystore", &tls(&pairs[1])).await;
    let new = serial(&pairs[1]);
    wait::until(SOON, "a request with the new certificate", async || {
        let last = nginx.requests(0).pop().unwrap();
        if last.serial == new && last.status == 200 { Ok(()) } else { Err(format!("{last:?}")) }
    })
    .await;
    scene.until_issued("crm").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_authority_in_the_truststore_is_trusted_at_the_next_request() {
    let scene = Scene::open("new-authority").await;
    furnish(&scene).await;
    let simulator = provider();
    simulator.otherwise(Behavior::token().lifetime(4.0).header("connection", "close"));
    let relay = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", relay.address());
    scene.apply("crm", trusting(&endpoint)).await;
    scene.until_issued("crm").await;
    let new = stranger();
    relay.show(&new.server(&["127.0.0.1"]).unwrap()).unwrap();
    scene.until("crm", "Refreshed", "False", "ServerCertificateUntrusted").await;
    let count = simulator.count();
    let both = format!("{}{}", servers().pair.certificate, new.pair.certificate);
    scene.put_secret("authority", &[("ca.crt", both.as_bytes())]).await;
    scene.until_issued("crm").await;
    assert!(simulator.wait_for(count + 1, SOON).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_transport_takes_effect_immediately() {
    let scene = Scene::open("another-way").await;
    furnish(&scene).await;
    scene.put_secret("other", &[("ca.crt", stranger().pair.certificate.as_bytes())]).await;
    let simulator = provider();
    simulator.otherwise(Behavior::token().lifetime(4.0).header("connection", "close"));
    let relay = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", relay.address());
    scene.apply("crm", trusting(&endpoint)).await;
    scene.until_issued("crm").await;
    let other = json!({ "tls": { "truststoreRef": { "name": "other" } } });
    scene.apply("crm", with(trusting(&endpoint), &other)).await;
    scene.until("crm", "Refreshed", "False", "ServerCertificateUntrusted").await;
    // A proxy in place of none.
    let proxy = Relay::closing().unwrap();
    let address = format!("http://{}", proxy.address());
    scene.put_secret("proxy", &[("address", address.as_bytes())]).await;
    let proxied = with(trusting(&endpoint), &json!({ "proxyRef": { "name": "proxy" } }));
    scene.apply("crm", proxied).await;
    scene.until("crm", "Refreshed", "False", "ProxyUnavailable").await;
    scene.apply("crm", trusting(&endpoint)).await;
    scene.until_issued("crm").await;
}
