//! Attempts of unauthorized users, each denied with the right message.

use connection_core::clock;
use jiff::SignedDuration;
use rig::simulator::grants::consent::Consent;

use crate::stage::SOON;
use crate::web::client::{FORM, form_urlencoded};
use crate::web::site::Site;

const FORGED: &str = "Form submission rejected";
const NOT_HERE: &str = "This authorization was not started in this browser";
const NEEDS_LINK: &str = "A new link is required";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_ticket_the_page_does_not_reveal_which_names_exist() {
    let site = Site::open("uniform").await;
    site.connection("mail").await;
    site.connection("other").await;
    // The page has seen the stale note when it knows the link that is made after it.
    let stale = site.link_at("other", clock::now() - SignedDuration::from_mins(11)).await;
    let link = site.link("mail").await;
    let ticket = link.split_once('=').unwrap().1.to_owned();
    let path = |name: &str| site.path("authorize", name);
    let calm = |html: &str, name: &str| html.replace(name, "NAME");
    let visitor = site.visitor();
    let expected = calm(&visitor.get(&path("unknown")).html, "unknown");
    for (claim, name, link) in [
        ("no ticket", "mail", path("mail")),
        ("a wrong ticket", "mail", format!("{}?ticket=x{ticket}", path("mail"))),
        ("a stale ticket", "other", stale),
        ("another Connection's ticket", "other", format!("{}?ticket={ticket}", path("other"))),
        ("no such Connection", "unknown", format!("{}?ticket={ticket}", path("unknown"))),
    ] {
        let page = visitor.get(&link);
        page.demand(403, NEEDS_LINK);
        assert_eq!(calm(&page.html, name), expected, "{claim}");
        let form = form_urlencoded(&[(
            "ticket",
            link.split_once('=').map_or("", |parts| parts.1).to_owned(),
        )]);
        visitor.ask("POST", &path(name), &[FORM], &form).demand(403, NEEDS_LINK);
    }
    visitor.get(&link).demand(200, "Authorize mail");
    site.scene.change("mail", serde_json::json!({ "spec": { "scopes": ["openid"] } })).await;
    rig::wait::until_true(SOON, "a ticket for another spec is worth nothing", async || {
        visitor.get(&link).status == 403
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_bound_to_the_first_browser_that_uses_it() {
    let site = Site::open("fixation").await;
    site.connection("mail").await;
    let link = site.link("mail").await;
    let (attacker, victim) = (site.visitor(), site.visitor());
    let page = victim.get(&link);
    let leaving = site.begin(&attacker, &link);
    victim.press(&page).demand(403, "This link was used in another browser");
    // The attacker's way back, opened in the victim's browser.
    let back = site.consent(&leaving);
    victim.get(&back).demand(403, NOT_HERE);
    victim.steal(&attacker);
    victim.get(&back).demand(403, NOT_HERE);
    assert!(site.simulator.presentations().is_empty(), "no code was sent");
    rig::wait::until_true(SOON, "the link is lost to the victim", async || {
        site.visitor().get(&link).status == 403
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_another_site_or_browser_starts_no_authorization() {
    let site = Site::open("forged").await;
    site.connection("mail").await;
    site.connection("other").await;
    let link = site.link("mail").await;
    let (visitor, other) = (site.visitor(), site.visitor());
    let page = visitor.get(&link);
    let foreign = other.get(&link);
    let elsewhere = ("Sec-Fetch-Site", "cross-site");
    let form = |csrf: String| form_urlencoded(&[("ticket", page.field("ticket")), ("csrf", csrf)]);
    let path = site.path("authorize", "mail");
    let post = |headers: &[(&str, &str)], csrf| visitor.ask("POST", &path, headers, &form(csrf));
    post(&[FORM], String::new()).demand(403, FORGED);
    post(&[FORM], foreign.field("csrf")).demand(403, FORGED);
    post(&[FORM, elsewhere], page.field("csrf")).demand(403, FORGED);
    let bare = site.visitor();
    bare.ask("POST", &path, &[FORM], &form(page.field("csrf"))).demand(403, FORGED);
    assert_eq!(site.scene.data("mail-grant").await, None, "nothing was begun");
    visitor.press(&page).demand(200, "Continue to 127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_with_another_state_or_for_another_connection_is_rejected() {
    let site = Site::open("states").await;
    site.connection("mail").await;
    site.connection("other").await;
    let visitor = site.visitor();
    let mail = site.consent(&site.begin(&visitor, &site.link("mail").await));
    let other = site.consent(&site.begin(&visitor, &site.link("other").await));
    let query = |back: &str| back.split_once('?').unwrap().1.to_owned();
    // The state of another Connection, and an unknown one.
    let mixed = format!("{}?{}", site.path("callback", "mail"), query(&other));
    visitor.get(&mixed).demand(400, "Unexpected response from the provider");
    let made_up = format!("{}?code=c&state=made-up", site.path("callback", "mail"));
    visitor.get(&made_up).demand(400, "Unexpected response from the provider");
    let without = format!("{}?code=c", site.path("callback", "mail"));
    visitor.get(&without).demand(400, "Unexpected response from the provider");
    let twice = format!("{mail}&state=x");
    visitor.get(&twice).demand(400, "Malformed request");
    assert!(site.simulator.presentations().is_empty(), "no code was sent");
    // None of it used up what is waited for.
    site.follow(&visitor, &mail).demand(200, "mail is authorized");
    site.follow(&visitor, &other).demand(200, "other is authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_response_is_used_once_even_with_all_cookies() {
    let site = Site::open("replay").await;
    site.connection("mail").await;
    let visitor = site.visitor();
    let back = site.consent(&site.begin(&visitor, &site.link("mail").await));
    let thief = site.visitor();
    thief.steal(&visitor);
    site.follow(&visitor, &back).demand(200, "mail is authorized");
    let token = site.scene.until_renewed("mail-token", None).await;
    site.follow(&thief, &back).demand(200, "mail is authorized");
    assert_eq!(site.simulator.presentations().len(), 1, "the code was sent once");
    // A new link makes the old answer worthless.
    site.link("mail").await;
    thief.get(&back).demand(409, "A newer authorization was started");
    assert_eq!(site.scene.data("mail-token").await.unwrap()["access_token"], token);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_response_after_a_change_of_the_spec_is_rejected() {
    let site = Site::open("edited").await;
    site.connection("mail").await;
    let visitor = site.visitor();
    let link = site.link("mail").await;
    let back = site.consent(&site.begin(&visitor, &link));
    site.scene.change("mail", serde_json::json!({ "spec": { "scopes": ["openid"] } })).await;
    rig::wait::until_true(SOON, "the page knows the change", async || {
        visitor.get(&link).status == 403
    })
    .await;
    visitor.get(&back).demand(409, "The Connection has changed");
    assert!(site.simulator.presentations().is_empty(), "no code was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_the_error_text_or_the_user_name_is_escaped() {
    let site = Site::open("script").await;
    site.connection("mail").await;
    let script = "<script>alert('canary')</script>";
    let visitor = site.visitor();
    let link = site.link("mail").await;
    let note = site.scene.connection("mail").await.metadata.annotations.unwrap();
    let key = connection_client::api::names::TICKET_ANNOTATION;
    let mut note: serde_json::Value = serde_json::from_str(&note[key]).unwrap();
    note["requestedBy"] = script.into();
    site.scene.annotate("mail", key, &note.to_string()).await;
    rig::wait::until_true(SOON, "the page shows who asks", async || {
        let html = visitor.get(&link).html;
        assert!(!html.contains("<script"), "{html}");
        html.contains("&#60;script&#62;alert")
    })
    .await;
    site.simulator.consent(Consent::refused(script, Some(script)));
    let back = site.consent(&site.begin(&visitor, &link));
    let page = site.follow(&visitor, &back);
    page.demand(200, "The authorization failed");
    assert!(!page.html.contains("alert"), "not even as text: {}", page.html);
    let log = site.scene.stage.operator.process.log();
    assert!(!log.contains("alert("), "no text of a stranger in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_identical_responses_are_submitted_once() {
    let site = Site::open("race").await;
    site.connection("mail").await;
    let visitor = site.visitor();
    let back = site.consent(&site.begin(&visitor, &site.link("mail").await));
    let mark = site.scene.stage.plane.audit_mark().unwrap();
    std::thread::scope(|scope| {
        let asks: Vec<_> = (0..6).map(|_| scope.spawn(|| site.follow(&visitor, &back))).collect();
        for ask in asks {
            ask.join().unwrap().demand(200, "mail is authorized");
        }
    });
    let calls = site.scene.calls_since(mark);
    let made = calls.iter().filter(|call| call.verb == "create" && call.name.contains("handoff"));
    assert_eq!(made.count(), 1);
    assert_eq!(site.simulator.presentations().len(), 1, "the code was sent once");
}
