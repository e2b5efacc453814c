//! An operator that may use Secrets only where a `RoleBinding` enrolls a namespace, on a plane of its
//! own: it watches the Connections of all namespaces.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connection_core::clock;
use jiff::SignedDuration;
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule, RoleBinding};
use kube::Api;
use kube::api::DeleteParams;
use rig::control_plane::{AuditEvent, ControlPlane, Mark};
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::wait;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::cli::plugin::Plugin;
use crate::consent::user::mail;
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{ACCOUNT, CRDS, ROLE, SOON, Scene, Stage, condition, message, start_operator};
use crate::web::client::Visitor;
use crate::web::site::{PUBLIC, address_of, make_ticket};

const SESSION_KEY_ROLE: &str =
    include_str!("../../../charts/connection-operator/files/session-key-role.yaml");

/// The role that a namespace is enrolled with.
const SECRETS_ROLE: &str = "connection-operator-secrets";

/// Workers of the operator, few so that one tenant can want them all.
pub const WORKERS: usize = 4;

/// How long it takes until a namespace whose binding was taken away is noticed: a watch that was
/// granted goes on for a minute.
const UNTIL_REFUSED: Duration = Duration::from_mins(3);

/// Half of the operator's role as a `ClusterRole` of its own: the rules on Secrets, or all others.
fn half(name: &str, on_secrets: bool) -> String {
    let role: ClusterRole = serde_saphyr::from_str(ROLE).unwrap();
    let about_secrets =
        |rule: &PolicyRule| rule.resources.iter().flatten().any(|resource| resource == "secrets");
    let rules: Vec<_> =
        role.rules.into_iter().flatten().filter(|rule| about_secrets(rule) == on_secrets).collect();
    assert!(!rules.is_empty());
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": name }, "rules": rules,
    })
    .to_string()
}

fn kubeconfig(plane: &ControlPlane) -> PathBuf {
    plane.folder().path().join(format!("default.{ACCOUNT}.kubeconfig"))
}

/// A plane with the roles of an operator that uses Secrets in enrolled namespaces alone.
async fn plane(cell: &'static OnceCell<ControlPlane>) -> &'static ControlPlane {
    let start = || ControlPlane::builder().controller_manager(false).crds(CRDS).start();
    let plane = cell.get_or_try_init(start).await.unwrap();
    let apply = ["apply", "--server-side", "-f", "-"];
    plane.kubectl_ok(&apply, &half(SECRETS_ROLE, true)).await.unwrap();
    let roles = format!("{SESSION_KEY_ROLE}---\n{}", half("connection-operator", false));
    plane.service_account("default", ACCOUNT, &roles).await.unwrap();
    plane
}

async fn start(plane: &'static ControlPlane) -> Arc<Stage> {
    let own = ["--enrolled-namespaces-only", "--operator-namespace", "default"];
    let page = ["--public-url", PUBLIC, "--consent-bind-address", "127.0.0.1:0"];
    let workers = WORKERS.to_string();
    let arguments = [&own[..], &page, &["--max-concurrent-reconciles", &workers]].concat();
    let operator = start_operator(&kubeconfig(plane), &arguments).await;
    Arc::new(Stage { plane, operator })
}

/// A Connection in a namespace that is not enrolled, before the operator that these tests share.
pub async fn open(prefix: &str) -> (Scene, Simulator) {
    static STAGE: OnceCell<Arc<Stage>> = OnceCell::const_new();
    static PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
    let stage = STAGE.get_or_init(|| async { start(plane(&PLANE).await).await }).await;
    refused(Scene::on(Arc::clone(stage), prefix).await).await
}

async fn refused(scene: Scene) -> (Scene, Simulator) {
    put_keystore(&scene).await;
    let simulator = Simulator::start().unwrap();
    scene.apply("crm", jwt(&simulator)).await;
    (scene, simulator)
}

/// Does what the condition says.
pub async fn enroll(scene: &Scene) {
    let refused = scene.until("crm", "Ready", "False", "NamespaceNotEnrolled").await;
    let message = message(&refused, "Ready");
    let command = message.split('`').nth(1).unwrap();
    let words: Vec<_> = command.split(' ').collect();
    assert_eq!(words[0], "kubectl", "{message}");
    scene.stage.plane.kubectl_ok(&words[1..], "").await.unwrap();
}

async fn take_away(scene: &Scene) {
    let bindings: Api<RoleBinding> = Api::namespaced(scene.client.clone(), scene.namespace.name());
    bindings.delete(SECRETS_ROLE, &DeleteParams::default()).await.unwrap();
}

/// Waits for a request of the operator about Secrets of a namespace, as a watch's beginning or end.
async fn until_watch(scene: &Scene, stage: &str) {
    wait::until_true(UNTIL_REFUSED, &format!("a watch: {stage}"), async || {
        let events = scene.stage.plane.audit(Mark::default()).unwrap();
        events.iter().any(|event| {
            let of_secrets = event.resource == "secrets" && event.verb == "watch";
            of_secrets && event.namespace == scene.namespace.name() && event.stage == stage
        })
    })
    .await;
}

/// Demands that the operator saw the Secrets within a minute of the binding, by the API server's clock.
fn assert_prompt(scene: &Scene, mark: Mark) {
    let events = scene.stage.plane.audit(mark).unwrap();
    let here = |event: &&AuditEvent| {
        event.namespace == scene.namespace.name() && (200..300).contains(&event.code)
    };
    let of = |resource: &str, verb: &str| {
        let found = events.iter().filter(here);
        let mut found = found.filter(|event| event.resource == resource && event.verb == verb);
        found.next().unwrap_or_else(|| panic!("{verb} {resource}")).received
    };
    let took = of("secrets", "list").duration_since(of("rolebindings", "create"));
    assert!(took <= SignedDuration::from_mins(1), "{took:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_in_the_message_enrolls_a_namespace_and_the_operator_continues() {
    let (scene, simulator) = open("enroll").await;
    let refused = scene.until("crm", "Refreshed", "False", "NamespaceNotEnrolled").await;
    assert_eq!(condition(&refused, "Stalled").0, "True", "an action is required");
    scene.until_event("crm", "NamespaceNotEnrolled").await;
    assert_eq!(simulator.count(), 0);
    let mark = scene.stage.plane.audit_mark().unwrap();
    enroll(&scene).await;
    scene.until_issued("crm").await;
    assert_prompt(&scene, mark);
    assert_eq!(simulator.count(), 1);
    // Changes of Secrets are noticed as anywhere else.
    let token = scene.until_renewed("crm-token", None).await;
    scene.secrets().delete("crm-token", &DeleteParams::default()).await.unwrap();
    scene.until_renewed("crm-token", Some(&token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_a_namespace_that_is_not_enrolled_cannot_be_read() {
    let (enrolled, _provider) = open("tenant-a").await;
    let (other, simulator) = open("tenant-b").await;
    enroll(&enrolled).await;
    enrolled.until_issued("crm").await;
    other.until("crm", "Ready", "False", "NamespaceNotEnrolled").await;
    let plane = enrolled.stage.plane;
    let kubeconfig = kubeconfig(plane);
    let read = async |namespace: &str| {
        let words = ["get", "secret", "keystore", "-n", namespace];
        plane.kubectl_as(&kubeconfig, &words, "").await.unwrap().success
    };
    assert!(read(enrolled.namespace.name()).await && !read(other.namespace.name()).await);
    let events = plane.audit(Mark::default()).unwrap();
    let seen: Vec<_> = events
        .iter()
        .filter(|event| event.resource == "secrets" && event.code != 403)
        .filter(|event| event.user.ends_with(&format!(":{ACCOUNT}")))
        .filter(|event| event.namespace != enrolled.namespace.name())
        .filter(|event| event.namespace == other.namespace.name() || event.namespace.is_empty())
        .collect();
    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(simulator.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_plugin_describe_how_to_enroll_a_namespace() {
    let (scene, simulator) = open("page").await;
    let mut spec = mail(&simulator);
    spec["endpoints"] = json!({
        "authorization": simulator.url("/authorize"), "token": simulator.token_endpoint(),
    });
    scene.apply("mail", spec).await;
    let refused = scene.until("mail", "Ready", "False", "NamespaceNotEnrolled").await;
    let command = message(&refused, "Ready").split('`').nth(1).unwrap().to_owned();
    let visitor = Visitor::new(&address_of(&scene.stage.operator).await);
    let ticket = make_ticket(&scene, "mail", clock::now()).await;
    let link = format!("/oauth/authorize/{}/mail?ticket={ticket}", scene.namespace.name());
    wait::until_true(SOON, "the page knows the ticket", async || visitor.get(&link).status != 403)
        .await;
    let page = visitor.get(&link);
    page.demand(409, "This Connection cannot be authorized now");
    assert!(page.html.contains(&format!("<code>{command}</code>")), "{}", page.html);
    assert!(!page.html.contains("<button"), "there is nothing to press");
    let said = Plugin::as_admin(&scene).run(&["authorize", "mail", "--no-browser"]).await;
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.contains(&format!("`{command}`")), "{said:?}");
    assert_eq!(simulator.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_without_its_binding_reports_it_and_the_others_continue() {
    let (scene, simulator) = open("taken-away").await;
    let (other, renewed) = open("goes-on").await;
    renewed.otherwise(Behavior::token().lifetime(8.0));
    for scene in [&scene, &other] {
        enroll(scene).await;
        scene.until_issued("crm").await;
    }
    take_away(&scene).await;
    wait::until(UNTIL_REFUSED, "the namespace is not enrolled", async || {
        let there = condition(&scene.connection("crm").await, "Ready");
        let wanted = ("False".to_owned(), "NamespaceNotEnrolled".to_owned());
        if there == wanted { Ok(()) } else { Err(format!("{there:?}")) }
    })
    .await;
    let before = renewed.count();
    assert!(renewed.wait_for(before + 2, SOON).await, "the other goes on");
    enroll(&scene).await;
    scene.until_issued("crm").await;
    assert_eq!(simulator.count(), 1, "the token is as good as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_of_a_namespace_ends_with_its_last_connection() {
    let (scene, _simulator) = open("last").await;
    enroll(&scene).await;
    scene.until_issued("crm").await;
    until_watch(&scene, "ResponseStarted").await;
    scene.connections().delete("crm", &DeleteParams::default()).await.unwrap();
    until_watch(&scene, "ResponseComplete").await;
    let mark = scene.stage.plane.audit_mark().unwrap();
    // It begins again with the next.
    scene.apply("next", jwt(&Simulator::start().unwrap())).await;
    wait::until_true(SOON, "the Secrets are listed", async || {
        let events = scene.stage.plane.audit(mark).unwrap();
        events.iter().any(|event| {
            (&*event.resource, &*event.verb) == ("secrets", "list")
                && event.namespace == scene.namespace.name()
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_waits_for_the_secrets_of_each_namespace_and_requests_no_token() {
    static PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
    let plane = plane(&PLANE).await;
    let (mut scene, simulator) = refused(Scene::on(start(plane).await, "restarts").await).await;
    enroll(&scene).await;
    let issued = scene.until_issued("crm").await;
    scene.stage.operator.process.kill();
    scene.stage = start(plane).await;
    let provider = Simulator::start().unwrap();
    scene.apply("new", jwt(&provider)).await;
    scene.until_issued("new").await;
    assert_eq!(simulator.count(), 1);
    let now = scene.connection("crm").await;
    assert_eq!(now.metadata.resource_version, issued.metadata.resource_version, "nothing is said");
}

#[test]
fn the_role_for_secrets_grants_nothing_else() {
    let role: ClusterRole = serde_saphyr::from_str(&half(SECRETS_ROLE, true)).unwrap();
    for rule in role.rules.unwrap() {
        assert_eq!(rule.resources.unwrap(), ["secrets"]);
    }
}
