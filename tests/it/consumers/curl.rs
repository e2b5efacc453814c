//! The commands of the pages, run on what a running operator has written.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use rig::simulator::Simulator;
use serde_json::json;
use tokio::net::TcpListener;

use crate::docs::blocks;
use crate::stage::Scene;

type ExchangeContext = Arc<Mutex<Vec<String>>>;

/// An API that wants a token, and keeps what it is shown.
async fn api() -> (String, ExchangeContext, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/v1/accounts", listener.local_addr().expect("an address"));
    let seen = ExchangeContext::default();
    let handler = async |State(seen): State<ExchangeContext>, headers: HeaderMap| {
        let shown = headers.get_all("authorization").iter();
        let shown: Vec<_> = shown.filter_map(|item| item.to_str().ok()).collect();
        let [shown] = shown[..] else { return (StatusCode::UNAUTHORIZED, "no token") };
        seen.lock().unwrap().push(shown.to_owned());
        (StatusCode::OK, "accounts")
    };
    let routes = Router::new().route("/v1/accounts", get(handler)).with_state(Arc::clone(&seen));
    let server = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
    (address, seen, server)
}

/// Lays out the Secret as the kubelet does: the files are links into a folder that is a link itself.
async fn mount(scene: &Scene, folder: &Path, generation: &str) -> String {
    let data = scene.data("crm-token").await.expect("the token Secret is there");
    let real = folder.join(generation);
    fs::create_dir(&real).expect("a folder");
    for (key, value) in &data {
        fs::write(real.join(key), value).expect("it is written");
        let _ = std::os::unix::fs::symlink(format!("..data/{key}"), folder.join(key));
    }
    std::os::unix::fs::symlink(generation, folder.join("..new")).expect("a link");
    fs::rename(folder.join("..new"), folder.join("..data")).expect("it is exchanged");
    format!("Bearer {}", data["access_token"])
}

async fn run(command: String) -> String {
    let run = move || Command::new("sh").args(["-euc", &command]).output().expect("sh starts");
    let output = tokio::task::spawn_blocking(run).await.expect("it ends");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn curl_sends_the_current_token() {
    let scene = Scene::open("consumers").await;
    let simulator = Simulator::start().expect("the simulator starts");
    scene.put_secret("client", &[("client_secret", b"a-client-secret-of-consumers")]).await;
    let spec = json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": "crm", "secretRef": { "name": "client", "key": "client_secret" } },
    });
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;
    let (address, seen, server) = api().await;
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = scene.stage.plane.kubeconfig().display().to_string();
    let kubectl = std::env::var("KUBEBUILDER_ASSETS").expect("the control plane's folder");
    let kubectl = format!(
        "{kubectl}/kubectl --kubeconfig={kubeconfig} --namespace={}",
        scene.namespace.name()
    );
    let here = |command: &str| {
        command
            .replace("/var/run/secrets/crm", &folder.path().display().to_string())
            .replace("https://api.example.com/v1/accounts", &address)
            .replace("kubectl ", &format!("{kubectl} "))
    };

    let blocks = blocks::in_language("docs/consumers/curl.md", "sh");
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    let first = mount(&scene, folder.path(), "..1").await;
    for block in &blocks {
        assert_eq!(run(here(block)).await, "accounts", "{block}");
    }
    assert_eq!(*seen.lock().unwrap(), [first.clone(), first.clone()]);

    scene.annotate("crm", RENEW_REQUESTED_AT_ANNOTATION, "now").await;
    let token = scene.until_renewed("crm-token", first.strip_prefix("Bearer ")).await;
    let second = mount(&scene, folder.path(), "..2").await;
    assert_eq!(second, format!("Bearer {token}"));
    run(here(&blocks[0])).await;
    assert_eq!(seen.lock().unwrap().last(), Some(&second));

    let blocks = blocks::in_language("docs/consumers/mounted-file.md", "sh");
    assert_eq!(blocks.len(), 1, "{blocks:?}");
    assert_eq!(run(here(&blocks[0])).await.trim_end(), token);
    server.abort();
}
