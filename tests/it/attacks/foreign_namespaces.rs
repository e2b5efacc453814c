//! A user who may write Connections in one namespace names a Secret of another.

use kube::api::{DeleteParams, ListParams};
use rig::control_plane::{AuditEvent, Mark};
use rig::wait;
use serde_json::Value;

use crate::api::repository;
use crate::api::schema::{self, Node};
use crate::attacks::installation::tenant;
use crate::stage::{ACCOUNT, SOON, Scene};

const CANARY: &str = "canary-of-another-namespace";

/// What might lead out of a namespace, if a name came into a path or was split.
fn hostile(namespace: &str) -> [String; 7] {
    [
        format!("{namespace}/loot"),
        format!("../{namespace}/loot"),
        format!("../../{namespace}/secrets/loot"),
        format!("/api/v1/namespaces/{namespace}/secrets/loot"),
        format!("..%2F..%2F{namespace}%2Fsecrets%2Floot"),
        format!("{namespace}:loot"),
        // A name that is allowed, and that a split at the dot would lead astray.
        format!("{namespace}.loot"),
    ]
}

/// Whether a node names an object.
fn names_an_object(node: &Node) -> bool {
    let name = node.name();
    name.ends_with("Ref.name") || name == "spec.secret.name"
}

/// The string fields of the spec that are not chosen from a list.
fn texts() -> Vec<Node> {
    let mut nodes = schema::spec();
    nodes.retain(|node| node.schema["type"] == "string" && node.schema["enum"].is_null());
    nodes
}

/// A manifest that has the node, with another value there.
fn with(node: &Node, value: &str, manifests: &[Value]) -> Option<Value> {
    manifests.iter().find_map(|manifest| {
        let mut manifest = manifest.clone();
        *node.find(&mut manifest)? = value.into();
        // So that the operator does all that it is asked for.
        manifest["spec"]["suspend"] = false.into();
        Some(manifest)
    })
}

/// Puts every Secret that the manifests name, so that none that is missing hides another.
async fn furnish(scene: &Scene, manifests: &[Value]) {
    for node in schema::spec().iter().filter(|node| names_an_object(node)) {
        for mut manifest in manifests.iter().cloned() {
            if let Some(name) = node.find(&mut manifest).and_then(|node| node.as_str())
                && node.name() != "spec.secret.name"
            {
                scene.put_secret(name, &[("any", b"thing")]).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_of_the_spec_reads_a_secret_of_another_namespace() {
    let (scene, other) = (tenant("own").await, tenant("other").await);
    // The operator may read there: nothing but the operator itself denies it.
    other.put_secret("loot", &[("any", CANARY.as_bytes())]).await;
    let namespace = other.namespace.name();
    let manifests = repository::full();
    furnish(&scene, &manifests).await;
    scene.put_secret(&format!("{namespace}.loot"), &[("any", b"thing")]).await;
    let mark = scene.stage.plane.audit_mark().unwrap();
    let (mut tried, mut accepted) = (0, Vec::new());
    for node in texts() {
        for value in hostile(namespace) {
            let Some(manifest) = with(&node, &value, &manifests) else { continue };
            tried += 1;
            let name = format!("hostile-{tried}");
            let refused = scene.try_apply(&name, &manifest["spec"]).await.err();
            let fits = !value.contains(['/', '%', ':']);
            if names_an_object(&node) {
                assert_eq!(refused.is_none(), fits, "{} = {value}: {refused:?}", node.name());
            }
            if refused.is_none() {
                accepted.push(name);
            }
        }
    }
    assert!(tried > 300 && accepted.len() > 20, "{tried} tried, {} accepted", accepted.len());
    for name in &accepted {
        wait::until_true(SOON, &format!("the operator has looked at {name}"), async || {
            let status = scene.connection(name).await.status.unwrap_or_default();
            status
                .conditions
                .iter()
                .any(|condition| condition.type_ == "Ready" && condition.status != "Unknown")
        })
        .await;
    }
    let asked = operator_requests(&scene, mark);
    let strayed = asked.iter().find(|item| {
        item.namespace == namespace || item.uri.contains(&format!("namespaces/{namespace}"))
    });
    assert!(strayed.is_none(), "{strayed:?}");
    // The names that are allowed were looked for: here.
    let here = asked.iter().filter(|item| item.name == format!("{namespace}.loot")).count();
    assert!(here > 5, "the audit log shows what is read: {here}");
    scene.assert_no_leak(&[CANARY.to_owned()]).await;
    // They are many, and others use the operator too.
    let (how, which) = (DeleteParams::default(), ListParams::default());
    scene.connections().delete_collection(&how, &which).await.unwrap();
}

/// What the operator asked of the API server since a mark, everywhere.
fn operator_requests(scene: &Scene, mark: Mark) -> Vec<AuditEvent> {
    let mut events = scene.stage.plane.audit(mark).unwrap();
    events.retain(|event| event.user.ends_with(&format!(":{ACCOUNT}")));
    events
}
