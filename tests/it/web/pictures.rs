//! The pages that a person sees for a moment, or when something is amiss, in every look.

use connection_core::clock;
use jiff::SignedDuration;
use rig::browser::Browser;
use rig::simulator::behavior::Behavior;
use rig::simulator::grants::settings::Settings;
use rig::simulator::matcher::Matcher;
use serde_json::json;

use crate::consent::user::mail;
use crate::stage::SOON;
use crate::web::browser::look_at;
use crate::web::client::Page;
use crate::web::site::Site;

/// Shows a page as it was served, without what would make a browser leave it.
async fn show(browser: &Browser, name: &str, page: &Page) {
    show_html(browser, name, &page.html).await;
}

/// As [`show`], of what some other server sent.
pub async fn show_html(browser: &Browser, name: &str, html: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let html = html.replace("http-equiv=\"refresh\"", "name=\"refresh\"");
    std::fs::write(&file, html).expect("the page is written");
    browser.open(&format!("file://{}", file.display())).await.expect("the page opens");
    look_at(browser, name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_completed_authorization_fit_every_screen() {
    let site = Site::open("pictures").await;
    site.connection("mail").await;
    let browser = Browser::start().await.unwrap();
    let visitor = site.visitor();
    let link = site.link("mail").await;
    let leaving = site.begin(&visitor, &link);
    show(&browser, "leaving", &leaving).await;
    let superseded = site.consent(&leaving);
    let again = site.begin(&visitor, &link);
    let back = site.consent(&again);
    let page = visitor.get(&superseded);
    page.demand(400, "Unexpected response from the provider");
    show(&browser, "another-state", &page).await;

    site.begun_long_ago("mail").await;
    let page = visitor.get(&back);
    page.demand(410, "The authorization has expired");
    show(&browser, "late", &page).await;

    site.simulator.script(Matcher::path("/token"), Behavior::error(400, "invalid_grant"));
    let link = site.link("mail").await;
    let back = site.consent(&site.begin(&visitor, &link));
    let page = site.follow(&visitor, &back);
    page.demand(200, "The authorization failed");
    show(&browser, "failed", &page).await;
    let page = visitor.get(&link);
    page.demand(410, "This link was already used");
    show(&browser, "used-up", &page).await;
    site.link("mail").await;
    let page = visitor.get(&back);
    page.demand(409, "A newer authorization was started");
    show(&browser, "superseded", &page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_an_authorization_that_cannot_start_fit_every_screen() {
    let site = Site::open("pictures-push").await;
    site.simulator.change_grants(Settings::demanding_pushed);
    site.simulator.change_grants(Settings::without_refresh_tokens);
    site.connection("mail").await;
    let browser = Browser::start().await.unwrap();
    let visitor = site.visitor();
    let page = site.authorize(&visitor, "mail").await;
    show(&browser, "unrenewable", &page).await;
    let page = visitor.get("/oauth/nowhere");
    page.demand(404, "Page not found");
    show(&browser, "not-found", &page).await;
    let link = site.link("mail").await;
    let refused = Behavior::error(401, "invalid_client");
    site.simulator.script(Matcher::path("/par"), refused);
    let page = site.begin(&visitor, &link);
    show(&browser, "push", &page).await;
    let mut spec = mail(&site.simulator);
    spec["suspend"] = json!(true);
    site.scene.apply("mail", spec).await;
    site.scene.until("mail", "Ready", "True", "Suspended").await;
    let link = site.link_at("mail", clock::now() - SignedDuration::from_mins(6)).await;
    rig::wait::until_true(SOON, "the page knows the ticket", async || {
        visitor.get(&link).status == 409
    })
    .await;
    let page = visitor.get(&link);
    page.demand(409, "This Connection cannot be authorized now");
    show(&browser, "not-ready", &page).await;
}
