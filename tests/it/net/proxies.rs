//! Proxies in between: the token arrives, and the proxy's own log shows the connection.

use rig::parts::Login;
use rig::parts::microsocks::Microsocks;
use rig::parts::relay::Relay;
use rig::parts::squid::Squid;
use rig::wait;

use crate::net::certificates::server;
use crate::net::{CLIENT_SECRET, furnish, provider, through};
use crate::stage::{SOON, Scene};

/// A password that has to be encoded wherever it goes.
pub const PASSWORD: &str = "p@ss:w/rd ca%20nary?#é";

/// Puts a proxy's Secret.
pub async fn put_proxy(scene: &Scene, name: &str, address: &str, login: Option<(&str, &str)>) {
    let mut data = vec![("address", address.as_bytes())];
    if let Some((username, password)) = login {
        data.push(("username", username.as_bytes()));
        data.push(("password", password.as_bytes()));
    }
    scene.put_secret(name, &data).await;
}

/// The password as it must not show, plain and in every encoding that it travels by.
pub fn canaries() -> Vec<String> {
    let encoded = "p%40ss%3Aw%2Frd%20ca%2520nary%3F%23%C3%A9";
    // "user:" and the password in Base64.
    let basic = "dXNlcjpwQHNzOncvcmQgY2ElMjBuYXJ5PyPDqQ==";
    [PASSWORD, "p@ss:w/rd", encoded, "p%40ss:w", basic, CLIENT_SECRET].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_requested_through_an_http_proxy() {
    let scene = Scene::open("http-proxy").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let open = Squid::start(None).unwrap();
    let closed = Squid::start(Some(&Login::new("user", PASSWORD))).unwrap();
    let tls = Relay::tls(([127, 0, 0, 1], closed.port()).into(), &server(), None).unwrap();
    let by_tls = format!("https://{}", tls.address());
    let login = Some(("user", PASSWORD));
    for (name, address, login, squid) in [
        ("open", open.address(), None, &open),
        ("login", closed.address(), login, &closed),
        ("by-tls", by_tls, login, &closed),
    ] {
        let before = squid.requests().len();
        put_proxy(&scene, name, &address, login).await;
        scene.apply(name, through(&endpoint, name)).await;
        scene.until_issued(name).await;
        let user = login.map_or("-", |(username, _)| username);
        let line = format!("200 CONNECT {} {user}", target.address());
        // A tunnel is logged when it ends.
        wait::until(SOON, &line, async || {
            let log = squid.requests();
            if log[before..].contains(&line) { Ok(()) } else { Err(format!("{log:?}")) }
        })
        .await;
    }
    assert_eq!(target.count(), 3, "every connection came from a proxy");
    assert_eq!(tls.count(), 1);
    let secrets = [simulator.secrets(), canaries()].concat();
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_requested_through_a_socks_proxy() {
    let scene = Scene::open("socks-proxy").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let port = target.address().port();
    let endpoint = format!("https://localhost:{port}/token");
    let open = Microsocks::start(None).unwrap();
    let closed = Microsocks::start(Some(&Login::new("user", PASSWORD))).unwrap();
    let login = Some(("user", PASSWORD));
    // The two schemes differ in who resolves the name.
    for (name, scheme, login, socks, host) in [
        ("open", "socks5", None, &open, "127.0.0.1"),
        ("open-names", "socks5h", None, &open, "localhost"),
        ("login", "socks5", login, &closed, "127.0.0.1"),
        ("login-names", "socks5h", login, &closed, "localhost"),
    ] {
        let address = format!("{scheme}://127.0.0.1:{}", socks.port());
        put_proxy(&scene, name, &address, login).await;
        scene.apply(name, through(&endpoint, name)).await;
        scene.until_issued(name).await;
        let last = socks.connections().pop().unwrap();
        assert!(last.ends_with(&format!("connected to {host}:{port}")), "{name}: {last}");
    }
    assert_eq!(target.count(), 4, "every connection came from a proxy");
    let secrets = [simulator.secrets(), canaries()].concat();
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_of_the_bypass_list_are_reached_without_the_proxy() {
    let scene = Scene::open("bypass").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let proxy = Relay::closing().unwrap();
    let address = format!("http://{}", proxy.address());
    let data = [
        ("address", address.as_bytes()),
        ("no-proxy", b"login.example.com, 127.0.0.0/8".as_slice()),
    ];
    scene.put_secret("proxy", &data).await;
    scene.apply("crm", through(&format!("https://{}/token", target.address()), "proxy")).await;
    scene.until_issued("crm").await;
    assert_eq!((target.count(), proxy.count()), (1, 0));
}
