//! The operator as the chart runs it: its arguments, under its service account, with its rights.

use std::collections::BTreeSet;

use kube::api::{DeleteParams, ListParams};
use rig::control_plane::{ControlPlane, Namespace};
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::wait;
use serde_json::{Value, json};

use super::cluster::{Cluster, installed_next_to};
use super::helm::{CHART, arguments_on_stage, objects};
use crate::consent::user::mail;
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{ACCOUNT, LEASE_ROLE, Operator, ROLE, SOON, Scene, start_operator_with};
use crate::web::site::{PUBLIC, Site};

const SESSION_KEY_ROLE: &str =
    include_str!("../../../charts/connection-operator/files/session-key-role.yaml");

/// A release, and an operator that runs as it says.
struct Trial {
    cluster: &'static Cluster,
    release: Namespace,
    site: Site,
}

impl Trial {
    /// Installs the chart with a profile in a namespace of its own, and starts the operator for the
    /// Connections of another.
    async fn open(profile: &str) -> Self {
        let cluster = Cluster::shared().await;
        let plane = &cluster.plane;
        let release = plane.namespace("operator").await.expect("a namespace");
        let tenant = plane.namespace("tenant").await.expect("a namespace");
        let mut values = installed_next_to(release.name());
        values["extraArgs"] = json!(["--allow-loopback"]);
        values["consent"]["publicUrl"] = json!(PUBLIC);
        values["rbac"]["profile"] = json!(profile);
        let field = if profile == "OptIn" { "enrolledNamespaces" } else { "namespaces" };
        values["rbac"][field] = json!([tenant.name()]);
        let install = ["install", "it", CHART, "--namespace", release.name(), "--values", "-"];
        cluster.helm(&install, &values);
        let operator = start(plane, release.name(), tenant.name(), &values).await;
        let site = Site::on(Scene::under(plane, tenant, operator).await).await;
        Self { cluster, release, site }
    }

    /// The verbs that the operator has used on each resource since the plane started.
    fn used(&self) -> BTreeSet<(String, String)> {
        let user = format!("system:serviceaccount:{}:{ACCOUNT}", self.release.name());
        let events = self.cluster.plane.audit(rig::control_plane::Mark::default());
        let events = events.expect("the audit log is read").into_iter();
        events
            .filter(|event| event.user == user && !event.user_agent.starts_with("kubectl"))
            // An operator of the whole cluster also sees what other tests leave in theirs.
            .filter(|event| {
                ["", self.site.namespace(), self.release.name()].contains(&event.namespace.as_str())
            })
            .map(|event| {
                assert_ne!(event.code, 403, "the operator asks for what it may not: {event:?}");
                let resource = match event.subresource.as_str() {
                    "" => event.resource,
                    subresource => format!("{}/{subresource}", event.resource),
                };
                (resource, event.verb)
            })
            .collect()
    }
}

/// Starts the operator of a release that was installed with these values, once it has its rights in
/// a namespace.
pub async fn start(plane: &ControlPlane, release: &str, tenant: &str, values: &Value) -> Operator {
    let kubeconfig = plane.account_kubeconfig(release, ACCOUNT).await.expect("a token");
    wait::until_true(SOON, "the rights are granted", async || {
        let args = ["auth", "can-i", "list", "secrets", "-n", tenant];
        let said = plane.kubectl_as(&kubeconfig, &args, "").await.expect("kubectl runs");
        said.stdout.trim() == "yes"
    })
    .await;
    let rendered = arguments_on_stage(&objects(release, values));
    let arguments: Vec<_> = rendered.iter().map(String::as_str).collect();
    let env = [("POD_NAMESPACE", release), ("POD_NAME", "it-0")];
    start_operator_with(&kubeconfig, &arguments, &env).await
}

/// What a role grants, as resource and verb.
fn granted(role: &str) -> BTreeSet<(String, String)> {
    let role: Value = serde_saphyr::from_str(role).expect("YAML");
    let texts = |value: &Value| -> Vec<String> {
        serde_json::from_value(value.clone()).expect("a list of texts")
    };
    let rules = role["rules"].as_array().expect("rules").iter();
    rules
        .flat_map(|rule| {
            let verbs = texts(&rule["verbs"]);
            texts(&rule["resources"]).into_iter().flat_map(move |text| {
                verbs.clone().into_iter().map(move |verb| (text.clone(), verb))
            })
        })
        .collect()
}

/// One Connection for each flow that needs no person, to a provider whose tokens live for seconds.
async fn put_connections(scene: &Scene, simulator: &Simulator) -> [&'static str; 3] {
    simulator.otherwise(Behavior::token().lifetime(4.0));
    put_keystore(scene).await;
    scene.put_secret("client", &[("client_secret", b"canary-of-the-client")]).await;
    let mut asserted = jwt(simulator);
    asserted["flow"] = json!("JWTClientAssertion");
    asserted["assertion"] = json!({ "keystoreRef": { "name": "keystore" } });
    let mut credentials = jwt(simulator);
    credentials["flow"] = json!("ClientCredentials");
    credentials.as_object_mut().expect("a map").remove("assertion");
    credentials["client"]["secretRef"] = json!({ "name": "client" });
    for (name, spec) in
        [("jwt", jwt(simulator)), ("asserted", asserted), ("credentials", credentials)]
    {
        scene.apply(name, spec).await;
    }
    ["jwt", "asserted", "credentials"]
}

/// A person consents on the page, the grant is used, and revoked when the Connection goes.
async fn consent_and_revoke(site: &Site) {
    let mut spec = mail(&site.simulator);
    spec["authorization"] = json!({ "onDelete": "Revoke" });
    site.connection_of("mail", spec).await;
    site.authorize(&site.visitor(), "mail").await.demand(200, "mail is authorized");
    let scene = &site.scene;
    scene.until_issued("mail").await;
    let token = scene.until_renewed("mail-token", None).await;
    scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    scene.until_renewed("mail-token", Some(&token)).await;
    scene.connections().delete("mail", &DeleteParams::default()).await.expect("it is deleted");
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.expect("an answer").is_none()
    })
    .await;
    assert!(site.simulator.families()[0].revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flow_works_in_each_profile_with_exactly_the_granted_verbs() {
    // One after the other: each operator may serve every namespace.
    for profile in ["Namespaced", "OptIn", "Cluster"] {
        let trial = Trial::open(profile).await;
        let scene = &trial.site.scene;
        let simulator = Simulator::start().expect("the simulator starts");
        for name in put_connections(scene, &simulator).await {
            scene.until_issued(name).await;
            let secret = format!("{name}-token");
            let data = scene.data(&secret).await.expect("the token Secret is there");
            scene.until_renewed(&secret, data.get("access_token").map(String::as_str)).await;
        }
        consent_and_revoke(&trial.site).await;
        let granted: BTreeSet<_> =
            [ROLE, LEASE_ROLE, SESSION_KEY_ROLE].into_iter().flat_map(granted).collect();
        wait::until(SOON, "every verb is used", async || {
            let unused: Vec<_> = granted.difference(&trial.used()).cloned().collect();
            if unused.is_empty() { Ok(()) } else { Err(format!("{unused:?}")) }
        })
        .await;
        assert_eq!(trial.used(), granted, "{profile}: used, and granted by files/role.yaml");
        let secrets = [simulator.secrets(), trial.site.simulator.secrets()].concat();
        scene.assert_no_leak(&secrets).await;
        // The next operator may see them too.
        let all = (DeleteParams::default(), ListParams::default());
        scene.connections().delete_collection(&all.0, &all.1).await.expect("they are deleted");
    }
}
