//! The same for Connections as a running operator reports them.

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use serde_json::{Value, json};

use super::argo_cd::healths;
use super::flux::Policy;
use crate::stage::Scene;

fn spec(simulator: &Simulator, name: &str) -> Value {
    json!({
        "flow": "ClientCredentials", "suspend": name == "suspended",
        "endpoints": { "token": simulator.token_endpoint() },
        "client": { "id": name, "secretRef": { "name": "client", "key": "client_secret" } },
    })
}

#[tokio::test]
async fn the_status_of_a_running_operator_is_understood() {
    let scene = Scene::open("gitops").await;
    let simulator = Simulator::start().expect("the simulator starts");
    simulator.script(Matcher::client_id("refused"), Behavior::error(401, "invalid_client"));
    scene.put_secret("client", &[("client_secret", b"a-client-secret-of-gitops")]).await;
    for name in ["good", "refused", "suspended"] {
        scene.apply(name, spec(&simulator, name)).await;
    }
    let mut consent = spec(&simulator, "consent");
    consent["flow"] = "AuthorizationCode".into();
    consent["endpoints"]["authorization"] = simulator.url("/authorize").into();
    scene.apply("consent", consent).await;
    let policy = Policy::apply(&scene).await;

    for (name, ready, reason, argo, flux) in [
        ("good", "True", "TokenIssued", "Healthy", ["Current", "Current"]),
        ("refused", "False", "ClientRejected", "Degraded", ["Failed", "Failed"]),
        ("suspended", "False", "Suspended", "Suspended", ["Current", "Current"]),
        ("consent", "False", "AuthorizationRequired", "Suspended", ["Current", "InProgress"]),
    ] {
        let there = scene.until(name, "Ready", ready, reason).await;
        let there = serde_json::to_value(&there).expect("JSON");
        let (health, message) = healths(std::slice::from_ref(&there)).remove(0);
        assert_eq!(health, argo, "{name}: {there}");
        assert!(!message.is_empty(), "{name}: {there}");
        assert_eq!(policy.verdicts(name, &there["status"]).await, flux, "{name}: {there}");
    }
    policy.remove().await;
}
