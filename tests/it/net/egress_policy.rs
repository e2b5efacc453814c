//! What an installation opens and closes.

use rig::parts::relay::Relay;
use serde_json::json;

use crate::net::certificates::server;
use crate::net::{furnish, provider, trusting, with};
use crate::stage::{Scene, message};

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_flags_allow_networks_and_deny_hosts() {
    let arguments = [
        "--allowed-networks=127.0.0.0/8",
        "--allowed-hosts=localhost,login.example.com",
        "--require-allowed-hosts",
    ];
    let scene = Scene::with_arguments("opened", &arguments, &[]).await;
    furnish(&scene).await;
    let pinned = json!({ "metadata": { "annotations": {
        "connection-operator.io/allowed-hosts": "localhost, 127.0.0.1, *.example.org",
    } } });
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let port = target.address().port();
    let by_address = trusting(&format!("https://127.0.0.1:{port}/token"));
    scene.apply("unpinned", by_address.clone()).await;
    let refused = scene.until("unpinned", "Ready", "False", "EndpointNotAllowed").await;
    let text = message(&refused, "Ready");
    assert!(text.contains("connection-operator.io/allowed-hosts"), "{text}");
    assert_eq!(target.count(), 0);

    scene.change_secret("client", pinned).await;
    scene.until_issued("unpinned").await;
    scene.apply("name", trusting(&format!("https://localhost:{port}/token"))).await;
    scene.until_issued("name").await;
    let requests = simulator.count();
    for (name, endpoint) in [
        ("http", format!("http://{}/token", simulator.address())),
        ("unlisted", "https://a.example.org/token".to_owned()),
    ] {
        scene.apply(name, trusting(&endpoint)).await;
        scene.until(name, "Ready", "False", "EndpointNotAllowed").await;
    }
    assert_eq!(simulator.count(), requests);
    // A proxy in an open network serves listed hosts alone.
    let proxy = Relay::closing().unwrap();
    let address = format!("http://{}", proxy.address());
    scene.put_secret("proxy", &[("address", address.as_bytes())]).await;
    let spec = trusting("https://a.example.org/token");
    scene.apply("proxied", with(spec, &json!({ "proxyRef": { "name": "proxy" } }))).await;
    scene.until("proxied", "Ready", "False", "EndpointNotAllowed").await;
    assert_eq!(proxy.count(), 0);
}
