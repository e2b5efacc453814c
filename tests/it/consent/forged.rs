//! Secrets that look like the plugin's handoff, by a user who may create Secrets and may not
//! change the Connection: no code is sent for them, and the real one is not kept waiting.

use connection_client::store::handoff_secret::{
    CODE, CODE_VERIFIER, HandoffKind, ISS, REDIRECT_URI, TICKET,
};
use kube::Resource;
use kube::api::PostParams;
use rig::wait;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::consent::user::{TokenResponse, ask, mail, open, submit_handoff};
use crate::stage::{SOON, Scene};

const OURS: &str = "connection-operator.io";

/// A forged handoff Secret.
#[derive(Clone, Copy)]
struct Forgery<'a> {
    name: &'a str,
    /// The group of the annotations.
    group: &'a str,
    connection: &'a str,
    kind: HandoffKind,
    ticket: &'a str,
    owner: &'a Value,
}

impl Forgery<'_> {
    async fn put(&self, scene: &Scene, answer: &TokenResponse) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "connection-operator.io/handoff",
            "metadata": {
                "name": self.name,
                "annotations": {
                    format!("{}/connection", self.group): self.connection,
                    format!("{}/handoff", self.group): self.kind.as_str(),
                },
                "ownerReferences": [self.owner],
            },
            "stringData": {
                TICKET: self.ticket, REDIRECT_URI: answer.redirect_uri, CODE: "canary-forged-code",
                CODE_VERIFIER: "canary-forged-verifier", ISS: answer.parameters[ISS],
            },
        });
        let secret = serde_json::from_value(secret).expect("a Secret");
        scene.secrets().create(&PostParams::default(), &secret).await.expect("it is created");
    }
}

async fn until_gone(scene: &Scene, name: &str) {
    wait::until_true(SOON, &format!("{name} is deleted"), async || {
        scene.data(name).await.is_none()
    })
    .await;
}

/// Forged owners.
struct Owners {
    right: Value,
    /// Of a Connection that there is not.
    stale: Value,
    /// Of another API group.
    foreign: Value,
}

impl Owners {
    async fn new(scene: &Scene) -> Self {
        let owner = scene.connection("mail").await.controller_owner_ref(&()).expect("it has a uid");
        let right = serde_json::to_value(owner).expect("JSON");
        let (mut stale, mut foreign) = (right.clone(), right.clone());
        stale["uid"] = json!("7c9e1d3a-0000-4000-8000-000000000000");
        foreign["apiVersion"] = json!("example.com/v1alpha1");
        Self { right, stale, foreign }
    }
}

/// What is refused and deleted. By name they come before the real one. `ticket` is the real one's.
fn refused<'a>(ticket: &'a str, owners: &'a Owners) -> [Forgery<'a>; 5] {
    let forgery = Forgery {
        name: "connection-handoff-0-ticket",
        group: OURS,
        connection: "mail",
        kind: HandoffKind::AuthorizationResponse,
        ticket: "a-ticket-of-somebodys-own",
        owner: &owners.right,
    };
    let named = |name| Forgery { name, ..forgery };
    [
        forgery,
        Forgery { owner: &owners.stale, ..named("connection-handoff-1-owner") },
        Forgery { owner: &owners.foreign, ..named("connection-handoff-2-owner-of-a-group") },
        Forgery {
            kind: HandoffKind::AuthorizationRequest,
            ..named("connection-handoff-3-request")
        },
        Forgery { connection: "other", ticket, ..named("connection-handoff-4-connection") },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_handoffs_are_rejected_and_delay_no_user() {
    let (scene, simulator) = open("forged").await;
    for name in ["mail", "other"] {
        scene.apply(name, mail(&simulator)).await;
        scene.until(name, "Ready", "False", "AuthorizationRequired").await;
    }
    let answer = ask(&scene, "mail").await;
    let (ticket, owners) = (answer.ticket.expose_secret(), Owners::new(&scene).await);
    let refused = refused(ticket, &owners);
    let name = "connection-handoff-5-group";
    let ignored = Forgery { name, group: "example.com", ticket, ..refused[0] };
    for one in refused.iter().chain([&ignored]) {
        one.put(&scene, &answer).await;
    }
    submit_handoff(&scene, &scene.connection("mail").await, &answer).await;
    scene.until_issued("mail").await;
    assert_eq!(simulator.presentations().len(), 1, "the real code alone is sent");

    for one in &refused {
        until_gone(&scene, one.name).await;
    }
    assert!(scene.data(ignored.name).await.is_some(), "what is not ours is left alone");
    scene.until("other", "Ready", "False", "AuthorizationRequired").await;
    assert_eq!(simulator.presentations().len(), 1);
    assert!(simulator.requests_to("/par").is_empty());
    scene.until("mail", "Authorized", "True", "Authorized").await;
    scene
        .assert_no_leak(&["canary-forged-code".to_owned(), "canary-forged-verifier".to_owned()])
        .await;
}
