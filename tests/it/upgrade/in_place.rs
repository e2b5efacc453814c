//! An upgrade in place: nothing is requested because of it, and all goes on.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connection_core::clock;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams};
use rig::simulator::Simulator;
use rig::wait;
use serde_json::{Value, json};

use super::landscape::{
    AUTHORIZED, NAMES, cluster, install_present, install_recorded, provider, start, tenant,
};
use super::objects::moved;
use super::replay::{As, replay};
use super::{recorded, versions};
use crate::consent::user::CLIENT;
use crate::controller::lifecycle::jwt;
use crate::stage::{SOON, Scene};

/// A namespace as the release left it, under today's chart and operator, and its provider.
pub async fn upgraded(version: &str, how: As) -> (Scene, Simulator, Objects) {
    let plane = cluster().await;
    install_recorded(plane, version, &recorded(version, "chart.yaml"));
    let tenant = tenant(plane).await;
    let simulator = provider(tenant.name()).await;
    let objects = moved(&recorded(version, "objects.json"), tenant.name(), clock::now());
    for grant in objects.iter().filter(|object| !object["data"]["refresh_token"].is_null()) {
        let token = grant["data"]["refresh_token"].as_str().expect("a text");
        let token = String::from_utf8(STANDARD.decode(token).expect("base64")).expect("a text");
        simulator.adopt_refresh_token(CLIENT, Some("openid mail.send"), &token);
    }
    let client = plane.client().await.expect("the admin has a client");
    replay(&client, objects, how).await;
    install_present(plane);
    let before = Objects::list(&client, tenant.name()).await;
    (start(plane, tenant).await, simulator, before)
}

/// Secrets and Connections, whole.
#[derive(Debug, Eq, PartialEq)]
pub struct Objects {
    secrets: BTreeMap<String, Value>,
    connections: BTreeMap<String, Value>,
}

impl Objects {
    async fn list(client: &kube::Client, namespace: &str) -> Self {
        let list = ListParams::default();
        let secrets: kube::Api<k8s_openapi::api::core::v1::Secret> =
            kube::Api::namespaced(client.clone(), namespace);
        let connections: kube::Api<connection_client::api::connection::Connection> =
            kube::Api::namespaced(client.clone(), namespace);
        let secrets = secrets.list(&list).await.expect("Secrets are listed").items;
        // The server restarts the kind's storage after its definition was replaced.
        let connections = wait::until(SOON, "Connections are listed", async || {
            connections.list(&list).await.map(|all| all.items).map_err(|error| error.to_string())
        })
        .await;
        let whole = |name: String, it| (name, it);
        Self {
            secrets: secrets.iter().map(|secret| whole(secret.name_any(), json!(secret))).collect(),
            connections: connections
                .iter()
                .map(|connection| whole(connection.name_any(), json!(connection)))
                .collect(),
        }
    }
}

/// Waits until the operator has looked at every Connection and at one that came last.
async fn settled(scene: &Scene, simulator: &Simulator) {
    wait::until_true(SOON, "every Connection is looked at", async || {
        let metrics = scene.stage.operator.get("/metrics").1;
        let lines = metrics.lines();
        let lines = lines.filter(|line| line.starts_with("connection_operator_reconcile_total{"));
        let count = |line: &str| line.rsplit_once(' ')?.1.parse::<f64>().ok();
        lines.filter_map(count).sum::<f64>() >= 5.0
    })
    .await;
    let mut last = jwt(simulator);
    last["assertion"]["keystoreRef"]["name"] = json!("missing");
    scene.apply("last", last).await;
    scene.until("last", "Ready", "False", "SecretNotFound").await;
    scene.connections().delete("last", &DeleteParams::default()).await.expect("it is deleted");
}

/// Renews each token on demand; each takes one request, and each grant one turn.
pub async fn renew_all(scene: &Scene, simulator: &Simulator) {
    let before = simulator.requests_to("/token").len();
    for name in NAMES {
        let (secret, grant) = (format!("{name}-token"), format!("{name}-grant"));
        let old = scene.data(&secret).await.expect("the token Secret is there");
        let old_grant = scene.data(&grant).await;
        scene.annotate(name, "connection-operator.io/renew-requested-at", "upgraded").await;
        scene.until_renewed(&secret, old.get("access_token").map(String::as_str)).await;
        scene.until_issued(name).await;
        let refresh_token = |data: Option<BTreeMap<String, String>>| {
            data.and_then(|mut data| data.remove("refresh_token"))
        };
        let (old, new) = (refresh_token(old_grant), refresh_token(scene.data(&grant).await));
        assert_eq!(new.is_some(), AUTHORIZED.contains(&name), "{name}");
        assert!(new.is_none() || old != new, "{name}: the refresh token is a new one");
    }
    assert_eq!(simulator.requests_to("/token").len() - before, NAMES.len());
    assert_eq!(simulator.reuses(), 0, "no refresh token is sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_requests_nothing_and_changes_no_token_and_no_grant() {
    for version in versions() {
        let (scene, simulator, before) = upgraded(&version, As::Kept).await;
        settled(&scene, &simulator).await;
        let requests = simulator.requests();
        assert!(requests.is_empty(), "{version}: no request because of it: {requests:?}");
        let after = Objects::list(&scene.client, scene.namespace.name()).await;
        assert_eq!(before.secrets, after.secrets, "{version}: no Secret is written");
        for name in NAMES {
            let [old, new] = [&before, &after].map(|item| &item.connections[name]);
            assert_eq!(old["status"]["conditions"], new["status"]["conditions"], "{version}");
            assert_eq!(old["metadata"]["finalizers"], new["metadata"]["finalizers"], "{version}");
            let conditions = new["status"]["conditions"].as_array().expect("conditions");
            let ready =
                conditions.iter().find(|condition| condition["type"] == "Ready").expect("Ready");
            assert_eq!(ready["status"], "True", "{version}: {name}");
        }
        renew_all(&scene, &simulator).await;
        scene.connections().delete("other", &DeleteParams::default()).await.expect("it goes");
        wait::until_true(
            SOON,
            "the grant is revoked as the old version was configured",
            async || simulator.families().iter().filter(|family| family.revoked).count() == 1,
        )
        .await;
        scene.assert_no_leak(&simulator.secrets()).await;
    }
}
