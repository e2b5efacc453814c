//! Proxies that do not serve: the reason says so, and nothing goes past them.

use rig::parts::Login;
use rig::parts::microsocks::Microsocks;
use rig::parts::relay::Relay;
use rig::parts::squid::Squid;

use crate::net::certificates::server;
use crate::net::proxies::{PASSWORD, canaries, put_proxy};
use crate::net::{furnish, provider, through};
use crate::stage::Scene;

const WRONG: &str = "wrong-password-canary";

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_rejects_the_credentials_has_its_own_reason() {
    let scene = Scene::open("proxy-login").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let login = Login::new("user", PASSWORD);
    let squid = Squid::start(Some(&login)).unwrap();
    let socks = Microsocks::start(Some(&login)).unwrap();
    let socks_address = format!("socks5h://127.0.0.1:{}", socks.port());
    for (name, address) in [("squid", squid.address()), ("socks", socks_address)] {
        put_proxy(&scene, name, &address, None).await;
        scene.apply(name, through(&endpoint, name)).await;
        scene.until(name, "Ready", "False", "ProxyAuthenticationRequired").await;
        put_proxy(&scene, &format!("{name}-wrong"), &address, Some(("user", WRONG))).await;
        let wrong = format!("{name}-wrong");
        scene.apply(&wrong, through(&endpoint, &wrong)).await;
        scene.until(&wrong, "Ready", "False", "ProxyAuthenticationRequired").await;
        assert_eq!(target.count(), 0, "nothing goes past the proxy");
    }
    for (name, address) in [
        ("squid", squid.address()),
        ("socks-wrong", format!("socks5h://127.0.0.1:{}", socks.port())),
    ] {
        put_proxy(&scene, name, &address, Some(("user", PASSWORD))).await;
        scene.until_issued(name).await;
    }
    let secrets = [simulator.secrets(), canaries(), vec![WRONG.to_owned()]].concat();
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_down_is_not_bypassed() {
    let scene = Scene::open("proxy-down").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let mut squid = Squid::start(None).unwrap();
    let port = squid.port();
    squid.stop();
    for scheme in ["http", "https", "socks5", "socks5h"] {
        put_proxy(&scene, scheme, &format!("{scheme}://127.0.0.1:{port}"), None).await;
        scene.apply(scheme, through(&endpoint, scheme)).await;
        scene.until(scheme, "Ready", "False", "ProxyUnavailable").await;
    }
    let closing = Relay::closing().unwrap();
    put_proxy(&scene, "closing", &format!("http://{}", closing.address()), None).await;
    scene.apply("closing", through(&endpoint, "closing")).await;
    scene.until("closing", "Ready", "False", "ProxyUnavailable").await;
    assert!(closing.count() > 0, "the proxy was asked");
    assert_eq!(target.count(), 0, "nothing goes past the proxy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_reach_the_endpoint_is_reported_as_the_cause() {
    let scene = Scene::open("proxy-refuses").await;
    furnish(&scene).await;
    let squid = Squid::start(None).unwrap();
    put_proxy(&scene, "proxy", &squid.address(), None).await;
    let missing = Squid::start(None).map(|mut squid| {
        squid.stop();
        squid.port()
    });
    let endpoint = format!("https://127.0.0.1:{}/token", missing.unwrap());
    scene.apply("crm", through(&endpoint, "proxy")).await;
    scene.until("crm", "Ready", "False", "ProxyUnavailable").await;
    assert!(squid.requests()[0].starts_with("503 CONNECT "), "{:?}", squid.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_proxy_is_not_ignored() {
    let scene = Scene::open("no-proxy").await;
    furnish(&scene).await;
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let mistyped = [
        ("scheme", "sock5://127.0.0.1:1080"),
        ("ftp", "ftp://127.0.0.1:21"),
        ("empty", ""),
        ("word", "direct"),
        ("login", "http://user:inline-password-canary@127.0.0.1:3128"),
    ];
    for (name, address) in mistyped {
        put_proxy(&scene, name, address, None).await;
        scene.apply(name, through(&endpoint, name)).await;
        scene.until(name, "Ready", "False", "ProxyInvalid").await;
    }
    scene.put_secret("nothing", &[("adress", b"http://127.0.0.1:3128")]).await;
    scene.apply("nothing", through(&endpoint, "nothing")).await;
    scene.until("nothing", "Ready", "False", "SecretKeyNotFound").await;
    scene.apply("absent", through(&endpoint, "absent")).await;
    scene.until("absent", "Ready", "False", "SecretNotFound").await;
    assert_eq!(target.count(), 0, "nothing goes past the proxy");
    scene.assert_no_leak(&["inline-password-canary".to_owned()]).await;
}
