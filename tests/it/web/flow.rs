//! From a link to a grant, and what the page says on the way and at its end.

use std::time::Duration;

use rig::simulator::behavior::Behavior;
use rig::simulator::grants::consent::Consent;
use rig::simulator::grants::settings::Settings;
use rig::simulator::matcher::Matcher;
use serde_json::json;
use url::Url;

use crate::consent::user::{CLIENT_SECRET, mail};
use crate::web::site::{PUBLIC, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_opens_the_link_presses_the_button_and_sees_the_success_page() {
    let site = Site::open("page").await;
    site.connection("mail").await;
    let status = site.scene.connection("mail").await.status.unwrap().authorization.unwrap();
    assert_eq!(status.redirect_uri.unwrap(), site.redirect_uri("mail"));
    assert_eq!(
        status.consent_url.unwrap(),
        format!("{PUBLIC}/authorize/{}/mail", site.namespace())
    );
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let page = visitor.get(&link);
    page.demand(200, "Authorize mail");
    for expected_text in
        [site.namespace(), "127.0.0.1", "openid", "mail.send", "ada", "not verified"]
    {
        assert!(page.html.contains(expected_text), "{expected_text}: {}", page.html);
    }
    let leaving = visitor.press(&page);
    leaving.demand(200, "Continue to 127.0.0.1");
    let uri = Url::parse(&leaving.onward()).unwrap();
    let sent =
        |name: &str| uri.query_pairs().find(|pair| pair.0 == name).map(|pair| pair.1.into_owned());
    assert_eq!(sent("code_challenge_method").unwrap(), "S256");
    assert_eq!(sent("redirect_uri").unwrap(), site.redirect_uri("mail"));
    assert_eq!(sent("state").unwrap().len(), 43, "256 bits");
    let back = site.consent(&leaving);
    let done = site.follow(&visitor, &back);
    done.demand(200, "mail is authorized");
    for expected_text in ["ada@example.com", "mail.send", "mail-token", "close this tab"] {
        assert!(done.html.contains(expected_text), "{expected_text}: {}", done.html);
    }
    site.scene.until_issued("mail").await;
    assert_eq!(site.simulator.reuses(), 0);
    let mut secrets = site.simulator.secrets();
    for page in [&page, &leaving, &done] {
        assert!(secrets.iter().all(|secret| !page.html.contains(secret.as_str())), "no token");
    }
    secrets.extend(visitor.values());
    secrets.extend([page.field("ticket"), sent("state").unwrap(), CLIENT_SECRET.to_owned()]);
    site.scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_of_any_page_is_harmless() {
    let site = Site::open("reload").await;
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let first = site.begin(&visitor, &link);
    // The button again, then back to the first page and once more.
    let again = site.begin(&visitor, &link);
    assert_ne!(first.onward(), again.onward(), "each has a state of its own");
    let back = site.consent(&again);
    for reload in ["once", "again"] {
        let done = site.follow(&visitor, &back);
        done.demand(200, "mail is authorized");
        let path = format!("{}/done", site.path("authorize", "mail"));
        visitor.get(&path).demand(200, "mail is authorized");
        assert_eq!(site.simulator.presentations().len(), 1, "{reload}: the code was sent once");
    }
    visitor.get(&link).demand(410, "This link was already used");
    assert_eq!(site.simulator.reuses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_after_ten_minutes_shows_that_it_expired() {
    let site = Site::open("late").await;
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let leaving = site.begin(&visitor, &link);
    let kept = leaving.answer.header("set-cookie").expect("the browser keeps what was begun");
    assert!(kept.contains("; Max-Age=86400;"), "longer than it counts: {kept}");
    let back = site.consent(&leaving);
    site.begun_long_ago("mail").await;
    site.scene.until("mail", "Authorized", "False", "AuthorizationTimedOut").await;
    let page = visitor.get(&back);
    page.demand(410, "The authorization has expired");
    assert!(page.html.contains("Nothing was stored."), "{}", page.html);
    assert!(page.html.contains(&format!("authorize mail -n {}", site.namespace())));
    assert!(site.simulator.presentations().is_empty(), "no code was sent");
    site.authorize(&visitor, "mail").await.demand(200, "mail is authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_page_states_that_a_grant_without_a_refresh_token_expires() {
    let site = Site::open("unrenewable").await;
    site.simulator.change_grants(Settings::without_refresh_tokens);
    site.connection("mail").await;
    let page = site.authorize(&site.visitor(), "mail").await;
    page.demand(200, "mail is authorized");
    assert!(page.html.contains("a user must authorize the Connection again"), "{}", page.html);
    assert!(!page.html.contains("renews the token automatically"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_declines_sees_the_consequence_and_may_start_again() {
    let site = Site::open("denied").await;
    site.connection("mail").await;
    let script = "<script>alert(1)</script>";
    site.simulator.consent(Consent::refused("access_denied", Some(script)));
    let page = site.authorize(&site.visitor(), "mail").await;
    page.demand(200, "Consent was denied");
    assert!(page.html.contains("AuthorizationDenied"), "{}", page.html);
    assert!(page.html.contains("Nothing was stored: the Connection has no grant"));
    assert!(page.html.contains(&format!("authorize mail -n {}", site.namespace())));
    assert!(!page.html.contains("alert"), "{}", page.html);
    site.scene.until("mail", "Authorized", "False", "AuthorizationDenied").await;
    site.simulator.consent(Consent::granted());
    site.authorize(&site.visitor(), "mail").await.demand(200, "mail is authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unexpected_account_is_reported_on_the_page() {
    let site = Site::open("expected").await;
    let mut spec = mail(&site.simulator);
    spec["authorization"] = json!({ "expectedAccount": { "email": "eve@example.com" } });
    site.connection_of("mail", spec).await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    assert!(visitor.get(&link).html.contains("eve@example.com"));
    let back = site.consent(&site.begin(&visitor, &link));
    site.follow(&visitor, &back).demand(200, "Unexpected account");
    site.scene.until("mail", "Authorized", "False", "AccountMismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_states_that_the_existing_grant_stays_in_use() {
    let site = Site::open("again").await;
    site.connection("mail").await;
    site.authorize(&site.visitor(), "mail").await.demand(200, "mail is authorized");
    let old = site.scene.until_renewed("mail-token", None).await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let page = visitor.get(&link);
    assert!(page.html.contains("A grant already exists, given by ada@example.com on "));
    let leaving = visitor.press(&page);
    assert_eq!(site.scene.data("mail-token").await.unwrap()["access_token"], old);
    let ready = site.scene.connection("mail").await;
    assert_eq!(crate::stage::condition(&ready, "Ready").0, "True", "its readers are not disturbed");
    let back = site.consent(&leaving);
    site.follow(&visitor, &back).demand(200, "mail is authorized");
    site.scene.until_renewed("mail-token", Some(&old)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_shows_the_browser_only_its_request_uri() {
    let site = Site::open("push").await;
    site.simulator.change_grants(Settings::demanding_pushed);
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let leaving = site.begin(&visitor, &link);
    let uri = Url::parse(&leaving.onward()).unwrap();
    let names: Vec<_> = uri.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    let back = site.consent(&leaving);
    site.follow(&visitor, &back).demand(200, "mail is authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_waits_while_the_code_is_exchanged() {
    let site = Site::open("slow").await;
    site.connection("mail").await;
    let slow = Behavior::token().delay(Duration::from_secs(3));
    site.simulator.script(Matcher::path("/token"), slow);
    site.authorize(&site.visitor(), "mail").await.demand(200, "mail is authorized");
}
