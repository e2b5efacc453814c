//! What the operator's environment says: proxies, and the public authorities.

use std::fs;
use std::process::Command;

use rig::parts::Login;
use rig::parts::relay::Relay;
use rig::parts::squid::Squid;
use rig::wait;
use serde_json::json;
use tempfile::tempdir;

use crate::net::certificates::{server, stranger};
use crate::net::{client_secret, furnish, provider, trusting, with};
use crate::stage::{SOON, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_from_the_environment_is_ignored_by_default() {
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let proxy = Relay::closing().unwrap();
    let address = format!("http://{}", proxy.address());
    let env = [("ALL_PROXY", address.as_str())];
    let scene = Scene::with_arguments("environment", &["--allow-loopback"], &env).await;
    furnish(&scene).await;
    scene.apply("direct", trusting(&endpoint)).await;
    scene.until_issued("direct").await;
    assert_eq!((target.count(), proxy.count()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truststore_adds_to_the_public_authorities_or_replaces_them() {
    let simulator = provider();
    // Public is what the system calls so.
    let public = stranger();
    let folder = tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    fs::write(&roots, &public.pair.certificate).unwrap();
    let identity = public.server(&["127.0.0.1"]).unwrap();
    let target = Relay::tls(simulator.address(), &identity, None).unwrap();
    let endpoint = format!("https://{}/token", target.address());

    let env = [("SSL_CERT_FILE", roots.to_str().unwrap())];
    let scene = Scene::with_arguments("public", &["--allow-loopback"], &env).await;
    furnish(&scene).await;
    scene.apply("public", client_secret(&endpoint)).await;
    scene.until_issued("public").await;
    scene.apply("added", trusting(&endpoint)).await;
    scene.until_issued("added").await;
    let tls = json!({ "truststoreRef": { "name": "authority" }, "truststoreMode": "Replace" });
    scene.apply("replaced", with(client_secret(&endpoint), &json!({ "tls": tls }))).await;
    scene.until("replaced", "Ready", "False", "ServerCertificateUntrusted").await;
    assert_eq!(simulator.count(), 2);
}

#[test]
fn unreadable_authorities_are_an_error_and_have_no_fallback() {
    let folder = tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let missing = folder.path().join("missing");
    let cases =
        [("SSL_CERT_FILE", &empty), ("SSL_CERT_FILE", &missing), ("SSL_CERT_DIR", &missing)];
    for (variable, path) in cases {
        let binary = env!("CARGO_BIN_EXE_connection-operator");
        let run = Command::new(binary)
            .arg("run")
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env(variable, path)
            .env("KUBECONFIG", "/dev/null")
            .output()
            .unwrap();
        assert!(!run.status.success());
        let text = String::from_utf8_lossy(&run.stderr);
        assert!(text.contains(&format!("{variable}={}", path.display())), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_from_the_environment_is_used_when_enabled() {
    let simulator = provider();
    let target = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", target.address());
    let squid = Squid::start(Some(&Login::new("user", "environment-canary"))).unwrap();
    let address = format!("http://user:environment-canary@127.0.0.1:{}", squid.port());
    let arguments = ["--allow-loopback", "--use-environment-proxy"];
    let scene =
        Scene::with_arguments("environment-proxy", &arguments, &[("ALL_PROXY", &address)]).await;
    furnish(&scene).await;
    scene.apply("proxied", trusting(&endpoint)).await;
    scene.until_issued("proxied").await;
    let line = format!("200 CONNECT {} user", target.address());
    wait::until_true(SOON, &line, async || squid.requests().contains(&line)).await;

    // A host on the bypass list of the Connection's own proxy goes through none at all.
    let own = Relay::closing().unwrap();
    let own_address = format!("http://{}", own.address());
    let data = [("address", own_address.as_bytes()), ("no-proxy", b"127.0.0.1".as_slice())];
    scene.put_secret("own", &data).await;
    let before = squid.requests().len();
    let spec = with(trusting(&endpoint), &json!({ "proxyRef": { "name": "own" } }));
    scene.apply("bypassing", spec).await;
    scene.until_issued("bypassing").await;
    assert_eq!((target.count(), own.count()), (2, 0));
    assert_eq!(squid.requests().len(), before);
    let secrets = [simulator.secrets(), vec!["environment-canary".to_owned()]].concat();
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_writes_no_core_dump() {
    let scene = Scene::open("core-dumps").await;
    let limits = format!("/proc/{}/limits", scene.stage.operator.process.id());
    let limits = fs::read_to_string(limits).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}
