//! Keeping a grant alive: what is sent, what is stored, and what a fault may cost.

use std::time::Duration;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::presentation::{Kind, Verdict};
use rig::simulator::grants::settings::Rotation;
use rig::simulator::matcher::Matcher;
use rig::wait;
use serde_json::json;

use crate::consent::user::{self, authorized, canaries, consent, mail, open};
use crate::stage::{SOON, Scene, condition};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

async fn renew(scene: &Scene, value: &str, old: &str) -> String {
    scene.annotate("mail", RENEW_AT, value).await;
    scene.until_renewed("mail-token", Some(old)).await
}

fn refreshes(simulator: &Simulator) -> usize {
    let all = simulator.presentations();
    all.iter().filter(|item| item.kind == Kind::RefreshToken).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_creates_a_grant_whose_refresh_tokens_are_never_presented_twice() {
    let (scene, simulator) = open("rotation").await;
    scene.apply("mail", mail(&simulator)).await;
    let waiting = scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    for kind in ["Stalled", "Reconciling"] {
        assert_eq!(condition(&waiting, kind).0, "", "{kind}: waiting for a person is no failure");
    }
    let answer = consent(&scene, "mail").await;
    let connection = scene.until_issued("mail").await;
    assert_eq!(condition(&connection, "Authorized"), ("True".to_owned(), "Authorized".to_owned()));
    let status = connection.status.unwrap().authorization.unwrap();
    assert_eq!(status.redirect_uri, Some(user::redirect_uri(&scene, "mail")));
    assert!(status.account.is_some() && status.authorized_at.is_some(), "{status:?}");

    let mut token = scene.until_renewed("mail-token", None).await;
    for value in ["1", "2", "3"] {
        token = renew(&scene, value, &token).await;
    }
    assert_eq!(refreshes(&simulator), 3);
    assert_eq!((simulator.reuses(), simulator.concurrent_exchanges()), (0, 0));
    let family = &simulator.families()[0];
    assert_eq!(family.refresh_tokens.len(), 4);
    let grant = scene.data("mail-grant").await.unwrap();
    assert_eq!(grant.get("refresh_token"), family.refresh_tokens.last());
    let data = scene.data("mail-token").await.unwrap();
    for value in data.values() {
        assert!(!family.refresh_tokens.contains(value), "a refresh token is in the token Secret");
    }
    scene.assert_no_leak(&canaries(&simulator, &answer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_response_without_a_refresh_token_keeps_the_old_refresh_token() {
    let (scene, simulator) = open("kept").await;
    simulator.change_grants(|settings| settings.rotating(Rotation::Never));
    let mut token = authorized(&scene, &simulator, mail(&simulator)).await;
    for value in ["1", "2"] {
        token = renew(&scene, value, &token).await;
    }
    let family = &simulator.families()[0];
    assert_eq!(family.refresh_tokens.len(), 1);
    let grant = scene.data("mail-grant").await.unwrap();
    assert_eq!(grant.get("refresh_token"), family.refresh_tokens.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_is_requested_again_within_the_grace_period() {
    let (scene, simulator) = open("lost").await;
    let grace = Duration::from_mins(1);
    simulator.change_grants(|settings| settings.rotating(Rotation::Always { grace }));
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    simulator.script(Matcher::path("/token").times(1), Behavior::lost());
    renew(&scene, "1", &token).await;
    let verdicts: Vec<_> =
        simulator.presentations().iter().map(|presentation| presentation.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Accepted, Verdict::WithinGrace]);
    scene.until_issued("mail").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_grant_in_a_server_error_is_ignored() {
    let (scene, simulator) = open("trouble").await;
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    for status in [500, 503, 429] {
        let trouble = Behavior::json(status, &json!({ "error": "invalid_grant" }));
        simulator.script(Matcher::path("/token").times(1), trouble);
    }
    renew(&scene, "1", &token).await;
    scene.until("mail", "Authorized", "True", "Authorized").await;
    assert_eq!(simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalidated_grant_is_sent_once_and_then_requires_consent() {
    let (scene, simulator) = open("dead").await;
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    simulator.revoke_all();
    scene.annotate("mail", RENEW_AT, "1").await;
    let connection = scene.until("mail", "Authorized", "False", "GrantExpired").await;
    assert_eq!(condition(&connection, "Ready"), ("True".into(), "RefreshFailed".into()));
    assert_eq!(refreshes(&simulator), 1);
    scene.annotate("mail", RENEW_AT, "2").await;
    scene.annotate("mail", "example.com/edited", "1").await;

    consent(&scene, "mail").await;
    scene.until("mail", "Authorized", "True", "Authorized").await;
    scene.until_renewed("mail-token", Some(&token)).await;
    assert_eq!(refreshes(&simulator), 1, "a dead grant is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_costs_four_writes_and_one_read_and_an_idle_grant_costs_nothing() {
    let (scene, simulator) = open("cost").await;
    let token = authorized(&scene, &simulator, mail(&simulator)).await;
    let mark = scene.stage.plane.audit_mark().expect("the audit log is there");
    renew(&scene, "1", &token).await;
    wait::until(SOON, "the status reports it", async || {
        let status = scene.connection("mail").await.status.unwrap();
        let handled = status.last_handled_renew_requested_at;
        if handled.as_deref() == Some("1") { Ok(()) } else { Err(format!("{handled:?}")) }
    })
    .await;
    let wanted = [
        "get secrets mail-grant",
        "update secrets mail-grant",
        "update secrets mail-grant",
        "patch secrets mail-token",
        "patch connections mail",
    ];
    // The audit log contains a call a moment after it.
    wait::until(SOON, "four writes and one read", async || {
        let calls: Vec<_> = scene
            .calls_since(mark)
            .into_iter()
            .map(|calls_since| {
                format!("{} {} {}", calls_since.verb, calls_since.resource, calls_since.name)
            })
            .collect();
        assert!(calls.len() <= wanted.len(), "{calls:?}");
        if calls == wanted { Ok(()) } else { Err(format!("{calls:?}")) }
    })
    .await;
}
