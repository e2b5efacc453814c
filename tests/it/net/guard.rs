//! An operator as it is installed: no way leads to its own machine or network.

use rig::parts::relay::Relay;
use serde_json::json;

use crate::net::certificates::server;
use crate::net::{CLIENT_SECRET, furnish, provider, trusting, with};
use crate::stage::{Scene, message};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_addresses_that_are_not_public() {
    let scene = Scene::with_arguments("guarded", &[], &[]).await;
    furnish(&scene).await;
    let listener = Relay::closing().unwrap();
    let port = listener.address().port();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ];
    let mut messages = Vec::new();
    for (index, host) in hosts.iter().enumerate() {
        let name = format!("host-{index}");
        scene.apply(&name, trusting(&format!("https://{host}:{port}/token"))).await;
    }
    for (index, host) in hosts.iter().enumerate() {
        let name = format!("host-{index}");
        let refused = scene.until(&name, "Ready", "False", "EndpointNotAllowed").await;
        messages.push((host, message(&refused, "Ready")));
    }
    for (host, message) in &messages {
        assert_eq!(*message, messages[0].1, "{host}: blocked looks the same everywhere");
    }
    assert!(messages[0].1.contains("--allowed-hosts"), "{}", messages[0].1);
    // A proxy is an address too, and http is no way at all.
    for (name, address) in [
        ("proxy", format!("http://{}", listener.address())),
        ("proxy-name", format!("socks5h://localhost:{port}")),
    ] {
        scene.put_secret(name, &[("address", address.as_bytes())]).await;
        let spec = trusting("https://login.example.com/token");
        scene.apply(name, with(spec, &json!({ "proxyRef": { "name": name } }))).await;
        scene.until(name, "Ready", "False", "EndpointNotAllowed").await;
    }
    assert_eq!(listener.count(), 0, "no connection was made");
    scene.demand_no_leak(&[CLIENT_SECRET.to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_opens_networks_and_closes_hosts() {
    let arguments = [
        "--allowed-networks=127.0.0.0/8",
        "--allowed-hosts=localhost,login.example.com",
        "--require-pinned-secrets",
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
    let told = message(&refused, "Ready");
    assert!(told.contains("connection-operator.io/allowed-hosts"), "{told}");
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
