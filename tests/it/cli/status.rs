//! `status`.

use kube::api::DeleteParams;
use rig::parts::authority::Authority;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::json;

use super::plugin::Plugin;
use crate::consent::user;
use crate::controller::lifecycle::{jwt, open};
use crate::stage::SOON;

const READ: (&str, &str, &[&str]) = ("connection-operator.io", "connections", &["get", "list"]);

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_connection_is_shown_with_its_secrets_events_and_next_step() {
    let (scene, simulator) = open("cli-status").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    scene.until_event("crm", "TokenIssued").await;
    let plugin = Plugin::as_admin(&scene);
    let text = plugin.stdout(0, &["status", "crm"]).await;
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
    assert_eq!(view["upToDate"], true);
    assert_eq!(view["next"]["action"], "RequestToken");
    assert_eq!(view["next"]["message"], "renew the token");
    assert_eq!(view["next"]["time"], view["nextRefreshAt"]);
    assert_eq!(view["inputs"][0]["keys"][0]["exists"], true);
    for secret in simulator.secrets() {
        assert!(!text.contains(&secret) && !view.to_string().contains(&secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_not_ready_has_an_exit_code_and_a_cause() {
    let (scene, simulator) = open("cli-not-ready").await;
    let plugin = Plugin::as_admin(&scene);
    let mut spec = jwt(&simulator);
    spec["assertion"]["keystoreRef"] = json!({ "name": "missing" });
    scene.apply("crm", spec).await;
    scene.until("crm", "Ready", "False", "SecretNotFound").await;
    let text = plugin.stdout(1, &["status", "crm"]).await;
    assert!(text.contains("missing ✗ does not exist"), "{text}");
    assert!(text.contains("nothing until the spec or an input Secret is corrected"), "{text}");

    simulator.otherwise(Behavior::error(400, "invalid_scope"));
    scene.apply("erp", jwt(&simulator)).await;
    scene.until("erp", "Ready", "False", "ScopeRejected").await;
    let view = plugin.json(1, &["status", "erp"]).await;
    assert_eq!(view["ready"]["reason"], "ScopeRejected");
    assert_eq!(view["next"]["message"], "retry the token request");

    scene
        .apply(
            "late",
            json!({ "flow": "JWT", "suspend": true,
        "endpoints": { "token": simulator.token_endpoint() }, "client": { "id": "client" },
        "assertion": { "keystoreRef": { "name": "keystore" } } }),
        )
        .await;
    scene.until("late", "Ready", "False", "Suspended").await;
    let text = plugin.stdout(1, &["status", "late"]).await;
    assert!(text.contains("nothing until spec.suspend is false"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_needs_a_user_exits_with_2() {
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
    let plugin = Plugin::as_admin(&scene);
    let text = plugin.stdout(2, &["status", "mail"]).await;
    assert!(
        text.contains("Next         wait for a user: run `kubectl connection authorize`"),
        "{text}"
    );
    let view = plugin.json(2, &["status", "mail"]).await;
    assert_eq!(view["authorized"]["reason"], "AuthorizationRequired", "{view}");
    assert_eq!(view["next"]["action"], "Authorize", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_the_issuers_former_endpoint_needs_a_user() {
    let (scene, simulator) = user::open("cli-moved").await;
    user::authorized(&scene, &simulator, user::mail(&simulator)).await;
    let moved = json!({
        "issuer": simulator.issuer(),
        "authorization_endpoint": simulator.url("/authorize"),
        "token_endpoint": simulator.url("/elsewhere"),
    });
    for place in ["openid-configuration", "oauth-authorization-server"] {
        let announcement = Matcher::path(&format!("/.well-known/{place}"));
        simulator.script(announcement, Behavior::json(200, &moved));
    }
    // The new truststore causes a discovery, and the new parameters make the token outdated.
    let authority = Authority::new("another way").expect("an authority");
    scene.put_secret("way", &[("ca.crt", authority.pair.certificate.as_bytes())]).await;
    let tls = json!({ "truststoreRef": { "name": "way" } });
    let refreshed = json!({ "refreshParameters": { "audience": "mail" } });
    scene.change("mail", json!({ "spec": { "tls": tls, "authorization": refreshed } })).await;
    scene.until("mail", "Authorized", "False", "GrantMismatch").await;
    scene.secrets().delete("mail-token", &DeleteParams::default()).await.expect("it is deleted");
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;

    let view = Plugin::as_admin(&scene).json(2, &["status", "mail"]).await;
    assert_eq!(view["stalled"], false, "{view}");
    assert_eq!(view["ready"]["reason"], "AuthorizationRequired", "{view}");
    assert_eq!(view["authorized"]["reason"], "GrantMismatch", "{view}");
    assert_eq!(view["next"]["action"], "UpdateGrant", "{view}");
    assert_eq!(simulator.presentations().len(), 1, "the refresh token is not sent");

    simulator.clear_scripts();
    user::consent(&scene, "mail").await;
    scene.until_renewed("mail-token", None).await;
    wait::until_true(SOON, "the former grant is no longer reported", async || {
        Plugin::as_admin(&scene).run(&["status", "mail"]).await.code == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorized_connection_is_shown_with_its_grant_and_renewed() {
    let (scene, simulator) = user::open("cli-grant").await;
    user::authorized(&scene, &simulator, user::mail(&simulator)).await;
    let plugin = Plugin::as_admin(&scene);
    let uri = user::redirect_uri(&scene, "mail");
    let text = plugin.stdout(0, &["status", "mail"]).await;
    let grant = text.lines().find(|line| line.starts_with("Grant ")).expect("a grant line");
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
    let json = plugin.json(0, &["renew", "mail", "--wait"]).await;
    assert_eq!(json[0]["outcome"], "Renewed", "{json}");
    assert_eq!(simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_read_secrets_sees_the_status() {
    let (scene, simulator) = open("cli-viewer").await;
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let viewer = Plugin::with_permissions(&scene, "viewer", &[READ]).await;
    let text = viewer.stdout(0, &["status", "crm"]).await;
    for part in [
        "Bearer   scopes api   expires in ",
        "crm-token   forbidden",
        "keystore forbidden (keystore.p12 or",
        "Next         renew the token in ",
        "Events       forbidden",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let outsider = Plugin::with_permissions(&scene, "outsider", &[("", "pods", &["get"])]).await;
    let output = outsider.run(&["status", "crm"]).await;
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("(forbidden): ask for a role that allows it"), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
}
