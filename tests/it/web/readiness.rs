//! What `/readyz` says of an operator that cannot begin.

use rig::harness::Harness;
use rig::servers::loopback;
use rig::wait;

use crate::stage::SOON;

/// A cluster without an API server.
const NOWHERE: &str = r#"{ "apiVersion": "v1", "kind": "Config", "current-context": "none",
  "clusters": [{ "name": "none", "cluster": { "server": "http://127.0.0.1:9" } }],
  "contexts": [{ "name": "none", "context": { "cluster": "none", "user": "none" } }],
  "users": [{ "name": "none", "user": {} }] }"#;

#[tokio::test(flavor = "multi_thread")]
async fn readiness_names_the_network_policy_when_the_api_server_is_unreachable() {
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, NOWHERE).expect("a file");
    for further in [&[][..], &["--enrolled-namespaces-only"][..]] {
        let harness = Harness::new().expect("the operator is built");
        let operator = harness.start(&kubeconfig, further, &[]).await.expect("it starts");
        wait::until(SOON, "it names the cause", async || {
            let answer = loopback::get(&format!("http://{}/readyz", operator.address));
            let answer = answer.map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let named = ["NetworkPolicy", "networkPolicy.apiServerPorts", "endpointslices"];
            let said = answer.status == 503 && named.iter().all(|named| text.contains(named));
            if said { Ok(()) } else { Err(format!("{} {text}", answer.status)) }
        })
        .await;
    }
}
