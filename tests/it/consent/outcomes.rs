//! What an authorization comes to when it does not come to a grant: each has its reason.

use rig::simulator::grants::consent::{Consent, Issuer};
use rig::wait;
use serde_json::json;

use crate::consent::user::{ask, authorized, canaries, consent, mail, open, submit_handoff};
use crate::stage::{SOON, condition};

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_reason_and_stores_nothing() {
    let (scene, simulator) = open("outcomes").await;
    scene.apply("mail", mail(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let script = "<script>alert('canary-description')</script>";
    let cases = [
        (
            Consent::refused("access_denied", Some(script)),
            "AuthorizationDenied",
            "consent was denied",
        ),
        (Consent::refused("server_error", Some(script)), "AuthorizationFailed", "server_error"),
        (
            Consent::granted().issuer(Issuer::Other("https://evil.example.com".to_owned())),
            "AuthorizationFailed",
            "a different issuer",
        ),
        (Consent::granted().issuer(Issuer::Missing), "AuthorizationFailed", "has no issuer"),
        (
            Consent::granted().code("canary-injected-code"),
            "AuthorizationFailed",
            "rejected the authorization code",
        ),
    ];
    for (behavior, reason, words) in cases {
        simulator.consent(behavior);
        consent(&scene, "mail").await;
        wait::until(SOON, &format!("{reason}: {words}"), async || {
            let connection = scene.connection("mail").await;
            let status = connection.status.unwrap();
            let text = status.condition("Authorized").unwrap().clone();
            let ready = status.condition("Ready").unwrap().clone();
            let right = text.reason == reason
                && text.message.contains(words)
                && ready.reason == "AuthorizationRequired";
            if right { Ok(()) } else { Err(format!("{} {}", text.reason, text.message)) }
        })
        .await;
    }
    assert_eq!(simulator.presentations().len(), 1, "only the injected code was sent");
    let grant = scene.data("mail-grant").await.unwrap();
    assert!(grant.is_empty(), "nothing is stored");
    simulator.consent(Consent::granted());
    let answer = consent(&scene, "mail").await;
    scene.until_issued("mail").await;
    let mut secrets = canaries(&simulator, &answer);
    secrets.extend(["canary-description".to_owned(), "canary-injected-code".to_owned()]);
    scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unexpected_account_is_rejected_before_anything_is_stored() {
    let (scene, simulator) = open("account").await;
    let mut spec = mail(&simulator);
    spec["authorization"] = json!({ "expectedAccount": { "email": "ada@example.com" } });
    simulator.change_grants(|simulator| simulator.account("u-1", "eve@example.com", true));
    scene.apply("mail", spec).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    consent(&scene, "mail").await;
    scene.until("mail", "Authorized", "False", "AccountMismatch").await;
    assert!(scene.data("mail-grant").await.unwrap().is_empty());
    assert!(simulator.families()[0].revoked, "what must not be used is not left lying about");

    simulator.change_grants(|simulator| simulator.account("u-2", "ada@example.com", false));
    consent(&scene, "mail").await;
    wait::until_true(SOON, "the second is refused", async || simulator.families().len() == 2).await;
    scene.until("mail", "Authorized", "False", "AccountMismatch").await;

    simulator.change_grants(|simulator| simulator.account("u-2", "Ada@Example.com", true));
    consent(&scene, "mail").await;
    let connection = scene.until_issued("mail").await;
    let account = connection.status.unwrap().authorization.unwrap().account;
    assert_eq!(account.as_deref(), Some("Ada@Example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_valid_once_and_a_handoff_without_a_ticket_is_ignored() {
    let (scene, simulator) = open("ticket").await;
    authorized(&scene, &simulator, mail(&simulator)).await;
    let answer = ask(&scene, "mail").await;
    let connection = scene.connection("mail").await;
    submit_handoff(&scene, &connection, &answer).await;
    let gone = |name: String| {
        let scene = &scene;
        async move {
            wait::until_true(SOON, "the hand-over Secret is deleted", async || {
                scene.data(&name).await.is_none()
            })
            .await;
        }
    };
    wait::until_true(SOON, "the second consent is redeemed", async || {
        simulator.presentations().len() == 2
    })
    .await;
    // The same ticket with the same response, and a forged ticket.
    let again = submit_handoff(&scene, &connection, &answer).await;
    gone(again).await;
    let forged = crate::consent::user::TokenResponse { ticket: "forged".into(), ..answer };
    let forged = submit_handoff(&scene, &connection, &forged).await;
    gone(forged).await;
    assert_eq!(simulator.presentations().len(), 2, "no code was sent for them");
    assert_eq!(simulator.reuses(), 0);
    assert_eq!(condition(&scene.connection("mail").await, "Ready").0, "True");
}
