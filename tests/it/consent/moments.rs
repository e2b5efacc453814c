//! What fails for a moment while a person consents: it is asked for again, and nothing wrong is
//! concluded from it.

use rig::parts::authority::Authority;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::presentation::Verdict;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::json;

use crate::consent::user::{ask, consent, mail, open, submit_handoff};
use crate::stage::{SOON, Scene, condition};

/// The places of an issuer's metadata, by the path of the issuer.
fn places(tenant: &str) -> [String; 4] {
    [
        format!("/{tenant}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server/{tenant}"),
        format!("/{tenant}/.well-known/oauth-authorization-server"),
        format!("/.well-known/openid-configuration/{tenant}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_are_requested_again_after_a_transient_failure() {
    let (scene, simulator) = open("places").await;
    let tenants = ["zero", "one", "two", "three"];
    for (index, tenant) in tenants.into_iter().enumerate() {
        let all = places(tenant);
        for (other, place) in all.iter().enumerate() {
            let status = if other == index { 503 } else { 404 };
            simulator.script(Matcher::path(place), Behavior::html(status, "no"));
        }
        let mut spec = mail(&simulator);
        spec["endpoints"] = json!({ "issuer": simulator.url(&format!("/{tenant}")) });
        scene.apply(tenant, spec).await;
    }
    for tenant in tenants {
        let failed = scene.until(tenant, "Ready", "False", "ProviderUnavailable").await;
        assert_eq!(condition(&failed, "Stalled").0, "", "{tenant}: no action is required");
    }
    simulator.clear_scripts();
    for (index, tenant) in tenants.into_iter().enumerate() {
        let metadata = json!({
            "issuer": simulator.url(&format!("/{tenant}")),
            "authorization_endpoint": simulator.url("/authorize"),
            "token_endpoint": simulator.token_endpoint(),
        });
        for (other, place) in places(tenant).iter().enumerate() {
            let there = Behavior::json(200, &metadata);
            let answer = if other == index { there } else { Behavior::html(404, "no") };
            simulator.script(Matcher::path(place), answer);
        }
    }
    for tenant in tenants {
        scene.until(tenant, "Ready", "False", "AuthorizationRequired").await;
        let events = scene.events(tenant).await;
        assert!(events.iter().all(|(reason, _)| reason != "MetadataInvalid"), "{events:?}");
    }
}

/// Requests an account that only the userinfo endpoint returns.
fn expecting(simulator: &Simulator) -> serde_json::Value {
    let mut spec = mail(simulator);
    spec["scopes"] = json!(["mail.send"]);
    spec["authorization"] = json!({ "expectedAccount": { "email": "ada@example.com" } });
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_requested_again_after_a_transient_failure() {
    let (scene, simulator) = open("userinfo").await;
    scene.apply("mail", expecting(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    simulator.script(Matcher::path("/userinfo").times(2), Behavior::empty(503));
    consent(&scene, "mail").await;
    let issued = scene.until_issued("mail").await;
    let authorization = issued.status.and_then(|status| status.authorization).expect("a grant");
    assert_eq!(authorization.account.as_deref(), Some("ada@example.com"));
    assert_eq!(simulator.requests_to("/userinfo").len(), 3);
    assert_eq!(simulator.presentations().len(), 1, "the code was sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_account_is_not_a_mismatch_and_nothing_is_stored() {
    let (scene, simulator) = open("untold").await;
    scene.apply("mail", expecting(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    simulator.script(Matcher::path("/userinfo"), Behavior::empty(503));
    consent(&scene, "mail").await;
    scene.until("mail", "Authorized", "False", "AuthorizationFailed").await;
    assert!(scene.data("mail-grant").await.unwrap().is_empty(), "nothing is stored");
    assert!(simulator.families()[0].revoked, "what must not be used is not left lying about");
    simulator.clear_scripts();
    consent(&scene, "mail").await;
    scene.until_issued("mail").await;
}

/// Another truststore: metadata from the old transport is requested again.
async fn change_way(scene: &Scene, name: &str) {
    let authority = Authority::new(name).expect("an authority");
    scene.put_secret("way", &[("ca.crt", authority.pair.certificate.as_bytes())]).await;
}

/// Waits until the operator has tried to redeem what was handed over, and could not yet.
async fn until_put_off(scene: &Scene) {
    let put_off = |line: &str| {
        let text = line.contains("step failed") && line.contains("ProviderUnavailable");
        (text && line.contains(scene.namespace.name())).then_some(())
    };
    let process = &scene.stage.operator.process;
    process.find_in_log(SOON, "a redemption that was put off", put_off).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_not_exchanged_before_all_inputs_are_available() {
    let (scene, simulator) = open("prepared").await;
    change_way(&scene, "one way").await;
    let mut spec = mail(&simulator);
    spec["tls"] = json!({ "truststoreRef": { "name": "way" } });
    scene.apply("mail", spec).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let answer = ask(&scene, "mail").await;
    for place in ["openid-configuration", "oauth-authorization-server"] {
        let place = Matcher::path(&format!("/.well-known/{place}"));
        simulator.script(place, Behavior::empty(503));
    }
    change_way(&scene, "another way").await;
    let name = submit_handoff(&scene, &scene.connection("mail").await, &answer).await;
    until_put_off(&scene).await;
    assert!(simulator.presentations().is_empty(), "no code was sent");
    assert!(scene.data(&name).await.is_some(), "what was handed over waits");
    simulator.clear_scripts();
    scene.until_issued("mail").await;
    let verdicts: Vec<_> =
        simulator.presentations().iter().map(|presentation| presentation.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted], "the same code, once");
    wait::until_true(SOON, "what was handed over is deleted", async || {
        scene.data(&name).await.is_none()
    })
    .await;
}
