//! A Secret goes only where its owner lets it.

use serde_json::json;

use crate::net::{CLIENT_SECRET, client_secret, furnish, provider};
use crate::stage::{Scene, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_sent_only_to_its_allowed_hosts() {
    let scene = Scene::open("pins").await;
    furnish(&scene).await;
    let pin = async |hosts: &str| {
        let annotations = json!({ "connection-operator.io/allowed-hosts": hosts });
        let patch = json!({ "metadata": { "annotations": annotations } });
        scene.change_secret("client", patch).await;
    };
    pin("login.example.com").await;
    let simulator = provider();
    scene.apply("crm", client_secret(&simulator.token_endpoint())).await;
    let refused = scene.until("crm", "Ready", "False", "EndpointNotAllowed").await;
    let text = message(&refused, "Ready");
    assert!(text.contains("Secret `client`") && text.contains("allowed-hosts"), "{text}");
    assert_eq!(simulator.count(), 0, "nothing was sent");
    pin("login.example.com 127.0.0.1").await;
    scene.until_issued("crm").await;
    scene.assert_no_leak(&[simulator.secrets(), vec![CLIENT_SECRET.to_owned()]].concat()).await;
}
