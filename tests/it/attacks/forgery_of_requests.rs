//! Server-side request forgery: a user who may write Connections tries to make the operator send
//! requests to its own machine, its network or a cloud metadata service. Addresses are checked when
//! a connection is opened (`crates/connection-client/src/net/resolver.rs`), so DNS rebinding has no
//! effect.

use rig::parts::relay::Relay;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::json;

use crate::net::{CLIENT_SECRET, client_secret, furnish, trusting, with};
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
    scene.assert_no_leak(&[CLIENT_SECRET.to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed() {
    let scene = Scene::open("redirects").await;
    furnish(&scene).await;
    let elsewhere = Simulator::start().unwrap();
    for status in [301, 302, 303, 307, 308] {
        let simulator = Simulator::start().unwrap();
        simulator.otherwise(Behavior::redirect(status, &elsewhere.url("/stolen")));
        let name = format!("redirect-{status}");
        scene.apply(&name, client_secret(&simulator.token_endpoint())).await;
        let failed = scene.until(&name, "Ready", "False", "RequestRejected").await;
        let text = message(&failed, "Ready");
        assert!(text.contains(&status.to_string()) && !text.contains("stolen"), "{text}");
    }
    assert_eq!(elsewhere.count(), 0, "nothing was sent elsewhere");
    scene.assert_no_leak(&[CLIENT_SECRET.to_owned()]).await;
}
