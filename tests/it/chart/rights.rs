//! What the chart grants, to the operator and to people.

use rig::control_plane::ControlPlane;
use rig::wait;
use serde_json::{Value, json};

use super::helm::{objects, of_kind};
use crate::stage::{SOON, Stage};

const PROFILES: [&str; 3] = ["Namespaced", "OptIn", "Cluster"];

fn rendered(profile: &str) -> Vec<Value> {
    let mut values = json!({ "rbac": { "profile": profile } });
    if profile == "OptIn" {
        values["rbac"]["enrolledNamespaces"] = json!(["team-a", "team-b"]);
    }
    objects("operator", &values)
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The rules of roles of a kind.
fn rules<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let roles = of_kind(objects, kind).into_iter();
    roles.flat_map(|role| role["rules"].as_array().into_iter().flatten()).collect()
}

/// The rules that the operator has in the whole cluster.
fn cluster_wide(objects: &[Value]) -> Vec<&Value> {
    let bound: Vec<_> = of_kind(objects, "ClusterRoleBinding")
        .into_iter()
        .map(|binding| &binding["roleRef"]["name"])
        .collect();
    let roles = of_kind(objects, "ClusterRole").into_iter();
    roles
        .filter(|role| bound.contains(&&role["metadata"]["name"]))
        .flat_map(|role| role["rules"].as_array().into_iter().flatten())
        .collect()
}

#[test]
fn no_profile_grants_a_wildcard_or_privilege_escalation() {
    for profile in PROFILES {
        let objects = rendered(profile);
        for rule in [rules(&objects, "Role"), rules(&objects, "ClusterRole")].concat() {
            for field in ["apiGroups", "resources", "verbs", "resourceNames"] {
                assert!(!strings(&rule[field]).contains(&"*"), "{profile}: {rule}");
            }
            for resource in strings(&rule["resources"]) {
                let known = ["connections", "connections/status", "events", "leases", "secrets"];
                assert!(known.contains(&resource), "{profile}: {rule}");
            }
            for verb in ["impersonate", "bind", "escalate"] {
                assert!(!strings(&rule["verbs"]).contains(&verb), "{profile}: {rule}");
            }
        }
    }
}

#[test]
fn only_the_cluster_profile_reaches_secrets_of_every_namespace() {
    for profile in PROFILES {
        let objects = rendered(profile);
        let secrets = cluster_wide(&objects)
            .into_iter()
            .any(|rule| strings(&rule["resources"]).iter().any(|text| text.starts_with("secrets")));
        assert_eq!(secrets, profile == "Cluster", "{profile}");
    }
}

#[test]
fn the_namespaced_profile_has_no_cluster_wide_rights() {
    let objects = rendered("Namespaced");
    assert!(of_kind(&objects, "ClusterRoleBinding").is_empty());
    let values = json!({ "rbac": { "profile": "Namespaced", "namespaces": ["integrations"] } });
    let elsewhere = super::helm::objects("operator", &values);
    let mut namespaces: Vec<_> = of_kind(&elsewhere, "Role")
        .iter()
        .map(|role| role["metadata"]["namespace"].clone())
        .collect();
    namespaces.sort_by_key(ToString::to_string);
    assert_eq!(namespaces, ["integrations", "operator"]);
}

#[test]
fn each_enrolled_namespace_has_its_binding() {
    let objects = rendered("OptIn");
    let bindings: Vec<_> = of_kind(&objects, "RoleBinding")
        .into_iter()
        .filter(|binding| binding["roleRef"]["kind"] == "ClusterRole")
        .map(|binding| (&binding["metadata"]["namespace"], &binding["roleRef"]["name"]))
        .collect();
    let role = json!("connection-operator-secrets");
    assert_eq!(bindings, [(&json!("team-a"), &role), (&json!("team-b"), &role)]);
}

#[test]
fn every_profile_grants_the_same_verbs_somewhere() {
    let verbs = |profile: &str| {
        let objects = rendered(profile);
        let mut all: Vec<_> = [rules(&objects, "Role"), rules(&objects, "ClusterRole")]
            .concat()
            .into_iter()
            .flat_map(|rule| {
                let verbs = strings(&rule["verbs"]);
                strings(&rule["resources"])
                    .into_iter()
                    .flat_map(move |text| {
                        verbs.clone().into_iter().map(move |verb| format!("{verb} {text}"))
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        all.sort();
        all.dedup();
        all
    };
    assert_eq!(verbs("Namespaced"), verbs("Cluster"));
    assert_eq!(verbs("OptIn"), verbs("Cluster"));
}

/// Returns `true` if a user with a cluster role in a namespace may do something there.
async fn may(plane: &ControlPlane, namespace: &str, role: &str, verb: &str, what: &str) -> bool {
    let user = format!("{role}-of-{namespace}");
    let (what, subresource) = what.split_once('/').unwrap_or((what, ""));
    let subresource = format!("--subresource={subresource}");
    let args = ["auth", "can-i", verb, what, &subresource, "-n", namespace, "--as", &user];
    plane.kubectl(&args).await.expect("kubectl runs").stdout.trim() == "yes"
}

#[tokio::test(flavor = "multi_thread")]
async fn view_edit_and_admin_include_connections_but_not_their_status() {
    let plane = Stage::shared().await.plane;
    let namespace = plane.namespace("aggregated").await.expect("a namespace");
    let name = namespace.name();
    let objects = objects(name, &json!({ "fullnameOverride": name }));
    let roles = of_kind(&objects, "ClusterRole").into_iter();
    for role in roles.filter(|role| role.to_string().contains("aggregate-to-")) {
        plane.apply(&role.to_string()).await.expect("it is accepted");
    }
    for role in ["view", "edit", "admin"] {
        let user = format!("--user={role}-of-{name}");
        let clusterrole = format!("--clusterrole={role}");
        let args = ["create", "rolebinding", role, "-n", name, &clusterrole, &user];
        plane.kubectl_ok(&args, "").await.expect("the role is bound");
    }
    let (connections, status) =
        ("connections.connection-operator.io", "connections.connection-operator.io/status");
    wait::until_true(SOON, "the roles are aggregated", async || {
        may(plane, name, "view", "list", connections).await
            && may(plane, name, "admin", "delete", connections).await
            && may(plane, name, "edit", "patch", connections).await
    })
    .await;
    for (role, verb, what, expected) in [
        ("view", "get", status, true),
        ("view", "create", connections, false),
        ("view", "patch", status, false),
        ("edit", "create", connections, true),
        ("edit", "list", connections, true),
        ("edit", "patch", status, false),
        ("edit", "update", status, false),
        ("admin", "create", connections, true),
        ("admin", "patch", status, false),
    ] {
        assert_eq!(may(plane, name, role, verb, what).await, expected, "{role} {verb} {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_of_a_namespace_can_enroll_it_and_an_editor_cannot() {
    let plane = Stage::shared().await.plane;
    let namespace = plane.namespace("enrolling").await.expect("a namespace");
    let name = namespace.name();
    let objects = objects(name, &json!({ "fullnameOverride": name }));
    let secrets = format!("{name}-secrets");
    let roles = of_kind(&objects, "ClusterRole").into_iter();
    for role in roles.filter(|role| role["metadata"]["name"] == secrets) {
        plane.apply(&role.to_string()).await.expect("it is accepted");
    }
    for role in ["edit", "admin"] {
        let user = format!("--user={role}-of-{name}");
        let bound = format!("--clusterrole={role}");
        let args = ["create", "rolebinding", role, "-n", name, &bound, &user];
        plane.kubectl_ok(&args, "").await.expect("the role is bound");
    }
    for (role, expected) in [("edit", false), ("admin", true)] {
        let (user, what) = (format!("{role}-of-{name}"), format!("--clusterrole={secrets}"));
        let account = format!("--serviceaccount={name}:{name}");
        let args = ["create", "rolebinding", &secrets, "-n", name, &what, &account, "--as", &user];
        let said = plane.kubectl(&args).await.expect("kubectl runs");
        assert_eq!(said.success, expected, "{role}: {}", said.stderr);
        assert!(expected || said.stderr.contains("forbidden"), "{role}: {}", said.stderr);
    }
    // The cluster's admin takes back what is of the cluster.
    plane.kubectl_ok(&["delete", "clusterrole", &secrets], "").await.expect("it is deleted");
}
