//! The page in a real browser, which runs no script, with the login and consent pages of a real
//! provider. `CONSENT_PAGE_PICTURES=folder` keeps a picture of each page in each look.

use std::net::TcpListener;
use std::path::PathBuf;

use connection_core::clock;
use rig::browser::Browser;
use rig::browser::look::Look;
use rig::servers::config::{Client, Config};
use rig::servers::oidc_provider::OidcProvider;
use rig::servers::pages;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::matcher::Matcher;
use serde_json::{Value, json};

use crate::consent::user::{CLIENT, CLIENT_SECRET};
use crate::stage::{SOON, Scene};
use crate::web::site::make_ticket;

/// An operator whose page browsers reach, and a provider.
pub struct Public {
    pub scene: Scene,
    pub provider: OidcProvider,
    url: String,
}

impl Public {
    pub async fn open(prefix: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|bind| bind.local_addr());
        let address = free.expect("a free port").to_string();
        let url = format!("http://{address}");
        let arguments =
            ["--allow-loopback", "--public-url", &url, "--consent-bind-address", &address];
        let scene = Scene::with_arguments(prefix, &arguments, &[]).await;
        let redirect_uri = format!("{url}/callback/{}/mail", scene.namespace.name());
        let client = Client::code(CLIENT, CLIENT_SECRET, &redirect_uri);
        let config = Config { clients: vec![client], ..Config::default() };
        let provider = OidcProvider::start(&config).expect("oidc-provider starts");
        scene.put_secret("mail-client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
        Self { scene, provider, url }
    }

    pub fn mail(&self) -> Value {
        json!({
            "flow": "AuthorizationCode",
            "endpoints": { "issuer": self.provider.issuer },
            "client": { "id": CLIENT, "secretRef": { "name": "mail-client" } },
            "scopes": ["openid", "email", "offline_access"],
            "parameters": { "prompt": "consent" },
            "authorization": { "expectedAccount": { "email": "ada@example.com" } },
        })
    }

    pub async fn connection(&self, spec: Value) {
        self.scene.apply("mail", spec).await;
        self.scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    }

    /// A link for the Connection; the page may know it a moment later.
    async fn open_link(&self, browser: &Browser) -> String {
        let ticket = make_ticket(&self.scene, "mail", clock::now()).await;
        let namespace = self.scene.namespace.name();
        let link = format!("{}/authorize/{namespace}/mail?ticket={ticket}", self.url);
        rig::wait::until_true(SOON, "the page knows the ticket", async || {
            browser.open(&link).await.expect("the page opens");
            browser.has("form").await.expect("the browser answers")
        })
        .await;
        link
    }

    /// Demands that the browser has nothing to complain of, of our own pages.
    async fn assert_no_violations(&self, browser: &Browser) {
        let mut complaints = browser.console().await.expect("the browser answers");
        complaints.retain(|line| line.starts_with(&self.url));
        assert_eq!(complaints, [""; 0], "nothing breaks the policy");
    }

    /// Presses the button, logs in and consents.
    pub async fn consent(&self, browser: &Browser, login: &str) {
        browser.click("button").await.unwrap();
        browser.wait_for_url(&self.provider.issuer, SOON).await.unwrap();
        pages::log_in(browser, login).await.unwrap();
        pages::consent(browser).await.unwrap();
    }
}

/// Demands that a page needs no scrolling sideways in any look, and keeps pictures where it is asked
/// to.
pub async fn look_at(browser: &Browser, name: &str) {
    let folder = std::env::var_os("CONSENT_PAGE_PICTURES").map(PathBuf::from);
    for look in Look::ALL {
        if let Some(folder) = &folder {
            let file = folder.join(format!("{name}-{}.png", look.name()));
            browser.screenshot(&file, look).await.unwrap();
        } else {
            browser.show(look).await.unwrap();
        }
        assert!(!browser.overflows().await.unwrap(), "{name}, {}", look.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_authorizes_in_a_browser_without_scripts() {
    let site = Public::open("person").await;
    site.connection(site.mail()).await;
    let browser = Browser::start().await.unwrap();
    browser.forbid_scripts().await.unwrap();
    let link = site.open_link(&browser).await;
    browser.wait_for_text("Requested by", SOON).await.unwrap();
    look_at(&browser, "authorize").await;
    site.assert_no_violations(&browser).await;
    site.consent(&browser, "ada").await;
    browser.wait_for_text("mail is authorized", SOON).await.unwrap();
    let done = format!("{}/authorize/{}/mail/done", site.url, site.scene.namespace.name());
    assert_eq!(browser.url().await.unwrap(), done, "no code stays in the address");
    look_at(&browser, "authorized").await;
    site.assert_no_violations(&browser).await;
    let own = |name: &str| name.starts_with("__Host-") || name.starts_with("__Secure-");
    let cookies = browser.cookies().await.unwrap();
    let ours: Vec<_> = cookies.iter().filter(|cookie| own(&cookie.name)).collect();
    assert_eq!(ours.len(), 2, "the browser and what it came to: {cookies:?}");
    for cookie in &ours {
        assert!(cookie.secure && cookie.http_only, "{cookie:?}");
        assert_eq!(cookie.same_site.as_deref(), Some("Lax"));
    }
    browser.reload().await.unwrap();
    browser.wait_for_text("mail is authorized", SOON).await.unwrap();
    site.scene.until_issued("mail").await;
    // Again, while the token is valid.
    site.open_link(&browser).await;
    browser.wait_for_text("A grant already exists, given by ada@example.com", SOON).await.unwrap();
    look_at(&browser, "authorize-again").await;
    browser.open(&link).await.unwrap();
    browser.wait_for_text("A new link is required", SOON).await.unwrap();
    look_at(&browser, "link-needed").await;
    assert!(site.provider.records().unwrap().reuses().is_empty());
    let mut secrets = site.provider.secrets().unwrap();
    secrets.push(link.split_once('=').unwrap().1.to_owned());
    site.scene.assert_no_leak(&secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_pushed_to_the_provider_before_the_browser_is_redirected() {
    let site = Public::open("pushed-page").await;
    let mut spec = site.mail();
    let endpoint = site.provider.endpoint("pushed_authorization_request_endpoint").unwrap();
    spec["endpoints"]["pushedAuthorization"] = json!(endpoint);
    site.connection(spec).await;
    let browser = Browser::start().await.unwrap();
    site.open_link(&browser).await;
    site.consent(&browser, "ada").await;
    browser.wait_for_text("mail is authorized", SOON).await.unwrap();
    site.scene.until_issued("mail").await;
    let records = site.provider.records().unwrap();
    let [pushed] = records.pushed.as_slice() else { panic!("{:?}", records.pushed) };
    assert_eq!((pushed.status, pushed.client_id.as_deref()), (201, Some(CLIENT)), "{pushed:?}");
    assert_eq!(pushed.parameter("code_challenge_method"), Some("S256"));
    assert_eq!(pushed.parameter("scope"), Some("openid email offline_access"));
    assert_eq!(pushed.parameter("prompt"), Some("consent"));
    let came = &records.authorizations[0];
    let names: Vec<_> = came.parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "the browser carries nothing else");
    assert!(records.reuses().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_own_page() {
    let site = Public::open("ends").await;
    site.connection(site.mail()).await;
    let browser = Browser::start().await.unwrap();
    site.open_link(&browser).await;
    browser.click("button").await.unwrap();
    pages::cancel(&browser).await.unwrap();
    browser.wait_for_text("Consent was denied", SOON).await.unwrap();
    look_at(&browser, "denied").await;
    site.scene.until("mail", "Authorized", "False", "AuthorizationDenied").await;
    browser.reload().await.unwrap();
    browser.wait_for_text("Consent was denied", SOON).await.unwrap();
    // Another account.
    site.open_link(&browser).await;
    site.consent(&browser, "eve").await;
    browser.wait_for_text("Unexpected account", SOON).await.unwrap();
    look_at(&browser, "another-account").await;
    site.scene.until("mail", "Authorized", "False", "AccountMismatch").await;
    // The browser is closed half-way, and the link is opened in another.
    let gone = Browser::start().await.unwrap();
    let link = site.open_link(&gone).await;
    gone.click("button").await.unwrap();
    gone.wait_for_url(&site.provider.issuer, SOON).await.unwrap();
    site.scene.until("mail", "Authorized", "False", "AuthorizationPending").await;
    drop(gone);
    browser.open(&link).await.unwrap();
    browser.wait_for_text("This link was used in another browser", SOON).await.unwrap();
    look_at(&browser, "other-browser").await;
    // The right one, by the plugin's next link.
    let other = Browser::start().await.unwrap();
    site.open_link(&other).await;
    site.consent(&other, "ada").await;
    other.wait_for_text("mail is authorized", SOON).await.unwrap();
    assert!(site.provider.records().unwrap().reuses().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_redirects_to_another_host_is_reached() {
    let site = Public::open("federated").await;
    let simulator = Simulator::start().unwrap();
    let elsewhere = simulator.url("/login").replace("127.0.0.1", "elsewhere.localhost");
    simulator.script(Matcher::path("/authorize"), Behavior::redirect(302, &elsewhere));
    simulator.script(Matcher::path("/login"), Behavior::html(200, "<p>log in here"));
    let mut spec = site.mail();
    spec["endpoints"] = json!({
        "authorization": simulator.url("/authorize"), "token": simulator.token_endpoint(),
    });
    site.connection(spec).await;
    let browser = Browser::start().await.unwrap();
    site.open_link(&browser).await;
    browser.click("button").await.unwrap();
    browser.wait_for_text("log in here", SOON).await.unwrap();
    browser.back().await.unwrap();
    browser.wait_for_text("Authorize mail", SOON).await.unwrap();
}
