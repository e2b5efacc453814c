//! The health check expressions for Flux, evaluated by the API server's own CEL: a policy that denies
//! everything says in its message what they come to.

use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use kube::discovery::ApiResource;
use rig::wait;
use serde_json::{Value, json};

use super::states::states;
use crate::docs::blocks;
use crate::stage::{SOON, Scene};

/// The expressions of the page: those that let a pipeline pass, and those that let it wait.
fn expressions() -> [Value; 2] {
    let parsed = |text: &String| serde_saphyr::from_str::<Value>(text).expect("YAML");
    let blocks: Vec<Value> =
        blocks::in_language("docs/gitops/flux.md", "yaml").iter().map(parsed).collect();
    let passing = blocks.iter().find_map(|block| block.pointer("/spec/healthCheckExprs/0"));
    let waiting = blocks.iter().find_map(|block| block.pointer("/healthCheckExprs/0"));
    [passing, waiting].map(|item| item.expect("expressions").clone())
}

/// What Flux asks first, second and third, in the words of the API server, to which the object is one
/// variable.
fn verdict(expressions: &Value) -> String {
    let translated = |key: &str| {
        let mut text = expressions[key].as_str().expect("an expression").to_owned();
        for field in ["status", "metadata", "spec"] {
            for before in ["(", " ", "!"] {
                let name = format!("{before}{field}.");
                text = text.replace(&name, &format!("{before}object.{field}."));
            }
            if text.starts_with(&format!("{field}.")) {
                text = format!("object.{text}");
            }
        }
        text
    };
    let [in_progress, failed, current] = ["inProgress", "failed", "current"].map(translated);
    format!(
        "(({in_progress}) ? 'InProgress' : ({failed}) ? 'Failed' : ({current}) ? 'Current' : 'InProgress')"
    )
}

/// The policy that says what the expressions come to, for changes that are only tried.
pub struct Policy<'a> {
    scene: &'a Scene,
    name: String,
}

fn resource(kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: "admissionregistration.k8s.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "admissionregistration.k8s.io/v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

impl<'a> Policy<'a> {
    pub async fn apply(scene: &'a Scene) -> Self {
        let name = scene.namespace.name().to_owned();
        let [passing, waiting] = expressions();
        let message = format!("'verdict ' + {} + ' ' + {}", verdict(&passing), verdict(&waiting));
        let rule = json!({
            "apiGroups": ["connection-operator.io"], "apiVersions": ["*"],
            "operations": ["UPDATE"], "resources": ["connections/status"],
        });
        let policy = json!({
            "failurePolicy": "Fail",
            "matchConstraints": { "resourceRules": [rule] },
            "matchConditions": [{ "name": "tried", "expression": "request.dryRun" }],
            "validations": [{ "expression": "false", "messageExpression": message, "message": "no verdict" }],
        });
        let namespace = json!({ "matchLabels": { "kubernetes.io/metadata.name": name } });
        let binding = json!({
            "policyName": name, "validationActions": ["Deny"],
            "matchResources": { "namespaceSelector": namespace },
        });
        for (kind, plural, spec) in Self::KINDS.map(|(kind, plural)| {
            (kind, plural, if kind == "ValidatingAdmissionPolicy" { &policy } else { &binding })
        }) {
            let resource = resource(kind, plural);
            let mut object = DynamicObject::new(&name, &resource);
            object.data = json!({ "spec": spec });
            let api = Api::<DynamicObject>::all_with(scene.client.clone(), &resource);
            api.create(&PostParams::default(), &object).await.expect("it is accepted");
        }
        Self { scene, name }
    }

    const KINDS: [(&'static str, &'static str); 2] = [
        ("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
        ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
    ];

    /// The verdicts of both sets of expressions on a Connection with this status.
    pub async fn verdicts(&self, connection: &str, status: &Value) -> [String; 2] {
        let patch = json!({ "status": status });
        let params = PatchParams { dry_run: true, ..PatchParams::default() };
        wait::until(SOON, "the policy takes effect", async || {
            let tried = self.scene.connections();
            let tried = tried.patch_status(connection, &params, &Patch::Merge(&patch)).await;
            let Err(denial) = tried else { return Err("not denied yet".to_owned()) };
            let said = denial.to_string();
            let (_, verdict) = said.split_once("verdict ").ok_or_else(|| said.clone())?;
            let mut words = verdict.split(|c: char| !c.is_ascii_alphabetic());
            Ok([(); 2].map(|()| words.next().unwrap_or_default().to_owned()))
        })
        .await
    }

    pub async fn remove(self) {
        for (kind, plural) in Self::KINDS {
            let api =
                Api::<DynamicObject>::all_with(self.scene.client.clone(), &resource(kind, plural));
            api.delete(&self.name, &kube::api::DeleteParams::default())
                .await
                .expect("it was there");
        }
    }
}

#[tokio::test]
async fn each_state_has_its_status_in_flux() {
    let scene = Scene::open("flux").await;
    let policy = Policy::apply(&scene).await;
    let mut generations = Vec::new();
    for (name, suspend) in [("active", false), ("suspended", true)] {
        let spec = json!({
            "flow": "ClientCredentials", "suspend": suspend,
            "endpoints": { "token": "https://login.example.com/oauth2/token" },
            "client": { "id": "crm", "secretRef": { "name": "not-there" } },
        });
        let created = scene.apply(name, spec).await;
        let generation = created.metadata.generation.expect("a generation");
        generations.push((created.name_any(), generation));
        // The operator reconciles it first, so that it does not write during the test.
        let reason = if suspend { "Suspended" } else { "SecretNotFound" };
        scene.until(name, "Ready", "False", reason).await;
    }
    for state in states() {
        let (name, generation) = &generations[usize::from(state.suspend)];
        // The API server sets the default status, which says that no operator observed the Connection.
        let status =
            state.status(*generation).unwrap_or_else(|| json!({ "observedGeneration": -1 }));
        let mut patch = status.clone();
        if status.get("conditions").is_none() {
            patch["conditions"] = Value::Null;
        }
        let verdicts = policy.verdicts(name, &patch).await;
        assert_eq!(verdicts, [state.flux.clone(), state.waiting.clone()], "{state:?}");
    }
    policy.remove().await;
}

#[test]
fn cel_expressions_are_translated_for_the_api_server() {
    let expressions = json!({
        "inProgress": "!has(status.conditions) || status.observedGeneration != metadata.generation",
        "failed": "status.conditions.exists(c, c.status == 'True')",
        "current": "(has(spec.suspend) && spec.suspend)",
    });
    assert_eq!(
        verdict(&expressions),
        "((!has(object.status.conditions) || object.status.observedGeneration != object.metadata.generation) ? 'InProgress' \
         : (object.status.conditions.exists(c, c.status == 'True')) ? 'Failed' \
         : ((has(object.spec.suspend) && object.spec.suspend)) ? 'Current' : 'InProgress')"
    );
}
