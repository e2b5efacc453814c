//! `status`.

use kube::api::DeleteParams;
use rig::parts::authority::Authority;
use rig::simulator::behaviour::Behaviour;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::json;

use super::plugin::Plugin;
use crate::consent::person;
use crate::controller::lifecycle::{jwt, open};
use crate::stage::SOON;

const READ: (&str, &str, &[&str]) = ("connection-operator.io", "connections", &["get", "list"]);

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_connection_is_shown_with_all_around_it() {
    let (scene, simulator) = open("cli-status").await;
    simulator.otherwise(Behaviour::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    scene.until_event("crm", "TokenIssued").await;
    let plugin = Plugin::of(&scene);
    let text = plugin.answer(0, &["status", "crm"]).await;
    for part in [
        "Ready: True (TokenIssued)   JWT, http://127.0.0.1:",
        "Bearer   scopes api   expires in ",
        "crm-token   keys access_token,authorization,expires_at,scope,token_type   managed by this Connection",
        "keystore (tls.key ✓)",
        "renew the token in ",
        "TokenIssued ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let view = plugin.json(0, &["status", "crm"]).await;
    assert_eq!(view["ready"]["status"], "True");
    assert_eq!((&view["observed"], &view["upToDate"]), (&json!(true), &json!(true)));
    assert_eq!(view["next"]["action"], "RequestToken");
    assert_eq!(view["next"]["at"], view["nextRefreshAt"], "plan and report agree");
    assert_eq!(view["inputs"][0]["keys"][0]["there"], true);
    for secret in simulator.secrets() {
        assert!(!text.contains(&secret) && !view.to_string().contains(&secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_amiss_is_said_and_the_exit_code_tells_scripts() {
    let (scene, simulator) = open("cli-amiss").await;
    let plugin = Plugin::of(&scene);
    let mut spec = jwt(&simulator);
    spec["assertion"]["keystoreRef"] = json!({ "name": "nowhere" });
    scene.apply("crm", spec).await;
    scene.until("crm", "Ready", "False", "SecretNotFound").await;
    let text = plugin.answer(1, &["status", "crm"]).await;
    assert!(text.contains("nowhere ✗ does not exist"), "{text}");
    assert!(text.contains("nothing until the spec or an input Secret is corrected"), "{text}");

    simulator.otherwise(Behaviour::error(400, "invalid_scope"));
    scene.apply("erp", jwt(&simulator)).await;
    scene.until("erp", "Ready", "False", "ScopeRejected").await;
    let view = plugin.json(1, &["status", "erp"]).await;
    assert_eq!(view["ready"]["reason"], "ScopeRejected", "recalled from the status");
    assert_eq!(view["next"]["message"], "try again to request a token");

    // An operator that is not there leaves it as it is.
    scene
        .apply(
            "late",
            json!({ "flow": "JWT", "suspend": true,
        "endpoints": { "token": simulator.token_endpoint() }, "client": { "id": "client" },
        "assertion": { "keystoreRef": { "name": "keystore" } } }),
        )
        .await;
    let text = plugin.answer(1, &["status", "late"]).await;
    assert!(text.contains("nothing until spec.suspend is false"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_needs_a_person_has_an_exit_code_of_its_own() {
    let (scene, simulator) = open("cli-person").await;
    let spec = json!({
        "flow": "AuthorizationCode",
        "endpoints": {
            "authorization": "https://login.example.com/authorize",
            "token": simulator.token_endpoint(),
        },
        "client": { "id": "app" },
    });
    scene.apply("mail", spec).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let plugin = Plugin::of(&scene);
    let text = plugin.answer(2, &["status", "mail"]).await;
    assert!(text.contains("Next         nothing until a person authorizes"), "{text}");
    let view = plugin.json(2, &["status", "mail"]).await;
    assert_eq!(view["authorized"]["reason"], "AuthorizationRequired", "{view}");
    assert_eq!(view["next"]["action"], "Authorize", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_an_endpoint_from_which_the_issuer_moved_needs_a_person() {
    let (scene, simulator) = person::open("cli-moved").await;
    person::authorized(&scene, &simulator, person::mail(&simulator)).await;
    let moved = json!({
        "issuer": simulator.issuer(),
        "authorization_endpoint": simulator.url("/authorize"),
        "token_endpoint": simulator.url("/elsewhere"),
    });
    for place in ["openid-configuration", "oauth-authorization-server"] {
        let announcement = Matcher::path(&format!("/.well-known/{place}"));
        simulator.script(announcement, Behaviour::json(200, &moved));
    }
    // With another transport the metadata is requested again, and the token is not one of these parameters.
    let authority = Authority::new("another way").expect("an authority");
    scene.put_secret("way", &[("ca.crt", authority.pair.certificate.as_bytes())]).await;
    let tls = json!({ "truststoreRef": { "name": "way" } });
    let refreshed = json!({ "refreshParameters": { "audience": "mail" } });
    scene.change("mail", json!({ "spec": { "tls": tls, "authorization": refreshed } })).await;
    scene.until("mail", "Authorized", "False", "GrantMismatch").await;
    scene.secrets().delete("mail-token", &DeleteParams::default()).await.expect("it is deleted");
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;

    let view = Plugin::of(&scene).json(2, &["status", "mail"]).await;
    assert_eq!((&view["observed"], &view["stalled"]), (&json!(true), &json!(false)), "{view}");
    assert_eq!(view["ready"]["reason"], "AuthorizationRequired", "{view}");
    assert_eq!(view["authorized"]["reason"], "GrantMismatch", "{view}");
    assert_eq!(view["next"]["action"], "UpdateGrant", "{view}");
    assert_eq!(simulator.presentations().len(), 1, "the refresh token is not sent");

    simulator.clear_scripts();
    person::consent(&scene, "mail").await;
    scene.until_renewed("mail-token", None).await;
    wait::until_true(SOON, "what was found of the grant before is past", async || {
        Plugin::of(&scene).run(&["status", "mail"]).await.code == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorized_connection_is_shown_with_its_grant_and_renewed() {
    let (scene, simulator) = person::open("cli-grant").await;
    person::authorized(&scene, &simulator, person::mail(&simulator)).await;
    let plugin = Plugin::of(&scene);
    let uri = person::redirect_uri(&scene, "mail");
    let text = plugin.answer(0, &["status", "mail"]).await;
    let grant = text.lines().find(|line| line.starts_with("Grant ")).expect("a line of the grant");
    assert!(grant.contains("mail-grant   authorized "), "{grant}");
    assert!(grant.ends_with("as ada@example.com"), "{grant}");
    assert!(text.lines().any(|line| line == format!("Redirect URI {uri}")), "{text}");
    let view = plugin.json(0, &["status", "mail"]).await;
    assert_eq!(view["grant"]["account"], "ada@example.com", "{view}");
    assert_eq!(
        (&view["grant"]["state"], &view["grant"]["redirectUri"]),
        (&json!("Present"), &json!(uri))
    );
    assert_eq!(view["authorized"]["status"], "True", "{view}");
    for secret in simulator.secrets() {
        assert!(!text.contains(&secret) && !view.to_string().contains(&secret));
    }
    let output = plugin.json(0, &["renew", "mail", "--wait"]).await;
    assert_eq!(output[0]["outcome"], "Renewed", "{output}");
    assert_eq!(simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_secrets_sees_what_the_operator_said() {
    let (scene, simulator) = open("cli-viewer").await;
    simulator.otherwise(Behaviour::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let viewer = Plugin::limited(&scene, "viewer", &[READ]).await;
    let text = viewer.answer(0, &["status", "crm"]).await;
    for part in [
        "as the operator said last",
        "crm-token   you may not read it",
        "keystore (keystore.p12 or",
        "it is not checked",
        "you may not list them",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let missing = Plugin::limited(&scene, "nobody", &[("", "pods", &["get"])]).await;
    let said = missing.run(&["status", "crm"]).await;
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("ask for the right to do that"), "{said:?}");
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
}
