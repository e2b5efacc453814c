//! A token Secret that the API server denies, and an operator that is killed then: what was
//! received is in the grant Secret, and the next one publishes it. Nothing is asked for twice.

use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use rig::simulator::Simulator;
use rig::simulator::grants::presentation::{Kind, Verdict};
use rig::simulator::grants::settings::Rotation;
use rig::wait;
use serde_json::json;

use crate::consent::user::{consent, mail, provider};
use crate::stage::{SOON, Scene};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

/// A policy that denies writes of the token Secret in a namespace.
struct Denial {
    client: Client,
    namespace: String,
}

impl Denial {
    async fn begin(scene: &Scene) -> Self {
        let namespace = scene.namespace.name();
        let rule = json!({
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": ["secrets"], "resourceNames": ["mail-token"],
        });
        let policy = json!({ "metadata": { "name": namespace }, "spec": {
            "matchConstraints": { "resourceRules": [rule] },
            "validations": [{ "expression": "false", "message": "not now" }],
        } });
        let binding = json!({ "metadata": { "name": namespace }, "spec": {
            "policyName": namespace, "validationActions": ["Deny"],
            "matchResources": { "namespaceSelector": {
                "matchLabels": { "kubernetes.io/metadata.name": namespace },
            } },
        } });
        let policy: ValidatingAdmissionPolicy = serde_json::from_value(policy).unwrap();
        let binding: ValidatingAdmissionPolicyBinding = serde_json::from_value(binding).unwrap();
        let params = PostParams::default();
        Api::all(scene.client.clone()).create(&params, &policy).await.expect("a policy");
        Api::all(scene.client.clone()).create(&params, &binding).await.expect("a binding");
        let denial = Self { client: scene.client.clone(), namespace: namespace.to_owned() };
        denial.until(false).await;
        denial
    }

    /// Waits until the API server lets the Secret be written, or does not.
    async fn until(&self, written: bool) {
        let api = Api::<k8s_openapi::api::core::v1::Secret>::namespaced(
            self.client.clone(),
            &self.namespace,
        );
        let params = PatchParams { dry_run: true, ..PatchParams::apply("test") };
        let secret = json!({ "apiVersion": "v1", "kind": "Secret",
            "metadata": { "name": "mail-token", "labels": { "tried": "yes" } } });
        wait::until_true(SOON, "the policy takes effect", async || {
            api.patch("mail-token", &params, &Patch::Apply(&secret)).await.is_ok() == written
        })
        .await;
    }

    async fn end(self) {
        let (params, name) = (DeleteParams::default(), self.namespace.as_str());
        let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(self.client.clone());
        bindings.delete(name, &params).await.expect("it was there");
        let policies = Api::<ValidatingAdmissionPolicy>::all(self.client.clone());
        policies.delete(name, &params).await.expect("it was there");
        self.until(true).await;
    }
}

/// Kills the operator once it has been refused to write the token Secret, starts one that may, and
/// demands that it publishes `NAME-grant`'s token. Returns the token.
async fn killed_while_denied(scene: &mut Scene, denial: Denial, simulator: &Simulator) -> String {
    let refused = |line: &str| {
        (line.contains("KubernetesAPIError") && line.contains("token Secret `mail-token`"))
            .then_some(())
    };
    let process = &scene.stage.operator.process;
    process.find_in_log(SOON, "a write that was refused", refused).await.unwrap();
    process.kill();
    let grant = scene.data("mail-grant").await.expect("the grant Secret is there");
    assert_eq!(grant.get("refresh_token"), simulator.families()[0].refresh_tokens.last());
    let sent = simulator.presentations().len();
    denial.end().await;
    scene.start_operator().await;
    let published = wait::until(SOON, "the token of the grant is published", async || {
        let token =
            scene.data("mail-token").await.and_then(|data| data.get("access_token").cloned());
        token.filter(|token| grant.get("access_token") == Some(token)).ok_or("not yet".to_owned())
    })
    .await;
    scene.until_issued("mail").await;
    assert_eq!(simulator.presentations().len(), sent, "nothing was sent for it");
    published
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_operator_publishes_a_token_that_could_not_be_published() {
    let mut scene = Scene::with_own_operator("denied-token").await;
    let simulator = provider(&scene).await;
    let strict = Rotation::Always { grace: Duration::ZERO };
    simulator.change_grants(|settings| settings.rotating(strict));
    scene.apply("mail", mail(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;

    let denial = Denial::begin(&scene).await;
    consent(&scene, "mail").await;
    let first = killed_while_denied(&mut scene, denial, &simulator).await;

    let denial = Denial::begin(&scene).await;
    scene.annotate("mail", RENEW_AT, "1").await;
    let second = killed_while_denied(&mut scene, denial, &simulator).await;
    assert_ne!(first, second);

    scene.annotate("mail", RENEW_AT, "2").await;
    scene.until_renewed("mail-token", Some(&second)).await;
    let sent: Vec<_> = simulator
        .presentations()
        .iter()
        .map(|presentation| (presentation.kind, presentation.verdict))
        .collect();
    let accepted = [Kind::Code, Kind::RefreshToken, Kind::RefreshToken];
    assert_eq!(sent, accepted.map(|kind| (kind, Verdict::Accepted)));
}
