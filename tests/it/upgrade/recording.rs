//! Records what this version makes: `RECORD=v0.2.0 cargo test --test it -- upgrade::recording`.

use std::fs;

use rig::control_plane::ControlPlane;
use rig::simulator::Simulator;
use serde_json::{Value, json};

use super::landscape::{AUTHORIZED, NAMES, cluster, install_present, provider, start, tenant};
use super::objects::NAMESPACE;
use super::{folder, recorded, versions};
use crate::chart::helm::template;
use crate::consent::user::{CLIENT_SECRET, consent, mail};
use crate::controller::lifecycle::jwt;
use crate::keys::fixtures;
use crate::stage::{CRDS, Scene};

/// A key, and a certificate that does not expire while the recording is of use.
fn keystore() -> (Vec<u8>, Vec<u8>) {
    let key = fixtures::bytes("rsa.p8.pem");
    let request = ["req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=recorded"];
    let arguments = [&request[..], &["-days", "36500"]].concat();
    let certificate = fixtures::run(&std::env::temp_dir(), "openssl", &arguments, &key);
    (key, certificate)
}

/// Makes a Connection of each flow, ready.
async fn connections(scene: &Scene, simulator: &Simulator) {
    let (key, certificate) = keystore();
    scene.put_secret("keystore", &[("tls.key", &key), ("tls.crt", &certificate)]).await;
    scene.put_secret("client", &[("client_secret", b"canary-client-secret")]).await;
    scene.put_secret("mail-client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
    let plain = jwt(simulator);
    let mut asserted = plain.clone();
    asserted["flow"] = json!("JWTClientAssertion");
    asserted["assertion"] = json!({ "keystoreRef": { "name": "keystore" } });
    let mut credentials = plain.clone();
    credentials["flow"] = json!("ClientCredentials");
    credentials.as_object_mut().expect("a map").remove("assertion");
    credentials["client"]["secretRef"] = json!({ "name": "client" });
    let mut revoking = mail(simulator);
    revoking["authorization"] = json!({ "onDelete": "Revoke" });
    let specs = [plain, asserted, credentials, mail(simulator), revoking];
    for (name, spec) in NAMES.iter().zip(specs) {
        scene.apply(name, spec).await;
        if AUTHORIZED.contains(name) {
            scene.until(name, "Ready", "False", "AuthorizationRequired").await;
            consent(scene, name).await;
        }
        scene.until_issued(name).await;
        scene.until_renewed(&format!("{name}-token"), None).await;
    }
}

/// The objects of a namespace as kubectl shows them; those that others name come first.
async fn objects(plane: &ControlPlane, namespace: &str) -> String {
    let what = ["get", "connections.connection-operator.io,secrets", "-n", namespace];
    let how = ["-o", "json", "--show-managed-fields"];
    let shown = plane.kubectl_ok(&[&what[..], &how].concat(), "").await.expect("they are there");
    let mut list: Value =
        serde_json::from_str(&shown.replace(namespace, NAMESPACE)).expect("kubectl prints JSON");
    let annotation = "connection-operator.io/connection";
    list["items"].as_array_mut().expect("a list").sort_by_key(|item| {
        let made = !item["metadata"]["annotations"][annotation].is_null();
        (made, item["kind"] != "Secret", item["metadata"]["name"].to_string())
    });
    serde_json::to_string_pretty(&list).expect("JSON") + "\n"
}

/// Kind and name of each object.
fn names(list: &str) -> Vec<(String, String)> {
    let list: Value = serde_json::from_str(list).expect("JSON");
    let name = |item: &Value| (item["kind"].to_string(), item["metadata"]["name"].to_string());
    list["items"].as_array().expect("a list").iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_recorded_with_a_connection_of_each_flow() {
    let plane = cluster().await;
    install_present(plane);
    let tenant = tenant(plane).await;
    let simulator = provider(tenant.name()).await;
    let scene = start(plane, tenant).await;
    connections(&scene, &simulator).await;
    let objects = objects(plane, scene.namespace.name()).await;
    let Some(version) = std::env::var_os("RECORD") else {
        let latest = versions().pop().expect("there are recordings");
        assert_eq!(names(&objects), names(&recorded(&latest, "objects.json")));
        return;
    };
    let folder = folder(version.to_str().expect("a version"));
    fs::create_dir_all(&folder).expect("a folder");
    let crd = fs::read_dir(CRDS).expect("the folder is there").next().expect("one file");
    fs::copy(crd.expect("an entry").path(), folder.join("crd.yaml")).expect("it is copied");
    let chart = template("connection-operator", &Value::Null).printed();
    fs::write(folder.join("chart.yaml"), chart).expect("it is written");
    fs::write(folder.join("objects.json"), objects).expect("it is written");
}
