//! Installed, upgraded and taken away by helm.

use rig::wait;
use serde_json::json;

use super::cluster::{Cluster, FIRST, installed_next_to};
use super::helm::CHART;
use crate::stage::SOON;

#[tokio::test(flavor = "multi_thread")]
async fn the_notes_show_the_next_command_and_it_works() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.plane.namespace("enrolled").await.expect("a namespace");
    let (_, rest) =
        cluster.notes.split_once("  kubectl -n integrations create").expect(&cluster.notes);
    let command = rest.split("\n\n").next().expect("a command").replace("\\\n", " ");
    let words = command.split_whitespace();
    let words: Vec<_> = ["-n", namespace.name(), "create"].into_iter().chain(words).collect();
    cluster.plane.kubectl_ok(&words, "").await.expect("the namespace is enrolled");
    let account = format!("system:serviceaccount:{FIRST}:{FIRST}");
    for (namespace, answer) in [(namespace.name(), "yes"), ("default", "no")] {
        let args = ["auth", "can-i", "get", "secrets", "-n", namespace, "--as", &account];
        // The API server's authorizer reads roles and bindings from a cache that lags behind.
        wait::until(SOON, &format!("{answer} in {namespace}"), async || {
            let said = cluster.plane.kubectl(&args).await.expect("kubectl runs");
            if said.stdout.trim() == answer { Ok(()) } else { Err(said.stdout) }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_survive_an_upgrade_and_an_uninstall() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.plane.namespace("release").await.expect("a namespace");
    let name = namespace.name();
    let release = ["again", CHART, "--namespace", name, "--values", "-"];
    cluster.helm(&[&["install"], &release[..]].concat(), &installed_next_to(name));
    let mut values = installed_next_to(name);
    values["replicas"] = json!(3);
    values["rbac"]["profile"] = json!("Namespaced");
    cluster.helm(&[&["upgrade"], &release[..]].concat(), &values);
    let get = |what| ["get", what, name, "-n", name, "-o", "jsonpath={.spec.replicas}"];
    let replicas = cluster.plane.kubectl_ok(&get("deployment"), "").await.expect("it is there");
    assert_eq!(replicas, "3");
    let gone = cluster.plane.kubectl(&get("clusterrole")).await.expect("kubectl runs");
    assert!(!gone.success, "the role of another profile is taken away: {}", gone.stdout);
    cluster.helm(&["uninstall", "again", "--namespace", name], &json!(null));
    let gone = cluster.plane.kubectl(&get("deployment")).await.expect("kubectl runs");
    assert!(!gone.success);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crd_and_its_objects_survive_the_uninstall_of_the_release() {
    let cluster = Cluster::shared().await;
    let connection = json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": "kept", "namespace": "default" },
        "spec": {
            "flow": "ClientCredentials",
            "endpoints": { "token": "https://login.example.com/oauth2/token" },
            "client": { "id": "kept", "secretRef": { "name": "kept" } },
        },
    });
    cluster.plane.apply(&connection.to_string()).await.expect("the Connection is accepted");
    cluster.helm(&["uninstall", FIRST, "--namespace", FIRST], &json!(null));
    let get = ["get", "connections.connection-operator.io", "kept", "-n", "default"];
    cluster.plane.kubectl_ok(&get, "").await.expect("the Connection is still there");
    // Back again for the other tests, and because this is what people do next.
    let install = ["install", FIRST, CHART, "--namespace", FIRST];
    cluster.helm(&install, &json!(null));
}
