//! A user who may write Connections, and not Secrets, names another application's Secret as the one
//! that the token is to be written to.

use connection_core::clock;
use kube::api::{DeleteParams, PostParams};
use rig::simulator::Simulator;
use rig::wait;
use serde_json::{Value, json};

use crate::attacks::installation::{restrict_to_hosts, tenant};
use crate::consent::user::mail;
use crate::controller::lifecycle::{jwt, put_keystore};
use crate::stage::{SOON, Scene, condition, message};
use crate::web::site::{Site, make_ticket};

const CANARY: &str = "canary-of-another-application";

/// Secrets of others, of every type that Kubernetes knows and of one that it does not.
fn foreign() -> Vec<Value> {
    let secret = |name: &str, kind: &str, data: Value| json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "type": kind, "stringData": data });
    let with = |mut secret: Value, metadata: (&str, Value)| {
        secret["metadata"][metadata.0] = metadata.1;
        secret
    };
    let opaque = |name: &str| secret(name, "Opaque", json!({ "password": CANARY }));
    let docker = json!({ "auths": { "registry.example.com": { "auth": CANARY } } }).to_string();
    let account = json!({ "kubernetes.io/service-account.name": "default" });
    let own_label = json!({ "app.kubernetes.io/managed-by": "connection-operator" });
    let mut immutable = opaque("immutable");
    immutable["immutable"] = json!(true);
    vec![
        opaque("opaque"),
        immutable,
        // The label of the operator's own Secrets makes none.
        with(opaque("labelled"), ("labels", own_label)),
        secret("certificate", "kubernetes.io/tls", json!({ "tls.crt": CANARY, "tls.key": CANARY })),
        secret(
            "registry",
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": docker }),
        ),
        with(
            secret("account", "kubernetes.io/service-account-token", json!({ "token": CANARY })),
            ("annotations", account),
        ),
        secret(
            "login",
            "kubernetes.io/basic-auth",
            json!({ "username": "app", "password": CANARY }),
        ),
        secret("shell", "kubernetes.io/ssh-auth", json!({ "ssh-privatekey": CANARY })),
        secret("bootstrap", "bootstrap.kubernetes.io/token", json!({ "token-secret": CANARY })),
        secret("release", "helm.sh/release.v1", json!({ "release": CANARY })),
    ]
}

/// Waits until a Connection reports that the Secret is another's.
async fn until_denied(scene: &Scene, connection: &str) {
    let denied = scene.until(connection, "Ready", "False", "SecretConflict").await;
    assert_eq!(condition(&denied, "Stalled").0, "True", "{connection}");
    let text = message(&denied, "Ready");
    assert!(
        text.contains(
            "delete that Secret, or create the Connection again with another secret.name"
        ),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_applications_secret_of_any_type_is_never_written() {
    let scene = tenant("overwritten").await;
    let simulator = Simulator::start().unwrap();
    put_keystore(&scene).await;
    restrict_to_hosts(&scene, "keystore", "127.0.0.1").await;
    let mut there = vec![scene.secrets().get("keystore").await.unwrap()];
    for secret in foreign() {
        let secret = serde_json::from_value(secret).unwrap();
        there.push(scene.secrets().create(&PostParams::default(), &secret).await.unwrap());
    }
    let mark = scene.stage.plane.audit_mark().unwrap();
    let names: Vec<_> = there.iter().map(|item| item.metadata.name.clone().unwrap()).collect();
    // Named in the spec, the Connection's own keystore among them; and by the default name.
    for name in &names {
        let mut spec = jwt(&simulator);
        spec["secret"] = json!({ "name": name });
        scene.apply(&format!("to-{name}"), spec).await;
    }
    for name in &names {
        until_denied(&scene, &format!("to-{name}")).await;
    }
    assert_eq!(simulator.count(), 0, "no token is requested that could not be written");
    let secrets = scene.secrets();
    for secret in &there {
        let name = secret.metadata.name.as_deref().unwrap();
        assert_eq!(&secrets.get(name).await.unwrap(), secret, "{name} is untouched");
    }
    let written: Vec<_> = scene
        .calls_since(mark)
        .into_iter()
        .filter(|call| call.resource == "secrets" && call.verb != "get")
        .collect();
    assert!(written.is_empty(), "nothing was even tried: {written:?}");

    // The name is free when its owner gives it up.
    secrets.delete("opaque", &DeleteParams::default()).await.unwrap();
    let issued = scene.until_issued("to-opaque").await;
    assert_eq!(condition(&issued, "Stalled").0, "");
    assert_eq!(simulator.count(), 1);
    scene.assert_no_leak(&[simulator.secrets(), vec![CANARY.to_owned()]].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unowned_secret_with_the_name_of_a_grant_is_never_written() {
    let site = Site::on(tenant("overwritten-grant").await).await;
    let scene = &site.scene;
    restrict_to_hosts(scene, "mail-client", "127.0.0.1").await;
    let there = scene.put_secret("mail-grant", &[("password", CANARY.as_bytes())]).await;
    scene.apply("mail", mail(&site.simulator)).await;
    let denied = scene.until("mail", "Authorized", "False", "SecretConflict").await;
    let text = message(&denied, "Authorized");
    assert!(text.contains("delete it"), "{text}");
    // A user who follows the link anyway gets the message before any request to the provider.
    let ticket = make_ticket(scene, "mail", clock::now()).await;
    let link = format!("{}?ticket={ticket}", site.path("authorize", "mail"));
    let visitor = site.visitor();
    wait::until_true(SOON, "the page knows the ticket", async || visitor.get(&link).status != 403)
        .await;
    let page = visitor.get(&link);
    page.demand(409, "This Connection cannot be authorized now");
    assert!(!page.html.contains("<form"), "{}", page.html);
    assert_eq!(scene.secrets().get("mail-grant").await.unwrap(), there, "untouched");
    assert!(site.simulator.requests_to("/authorize").is_empty());
    scene.assert_no_leak(&[CANARY.to_owned()]).await;
}
