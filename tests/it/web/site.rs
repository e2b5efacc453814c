//! An operator with a public consent page, and a provider.

use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::connection::ticket::{TicketRecord, ticket};
use connection_core::{clock, random};
use jiff::{SignedDuration, Timestamp};
use rig::servers::loopback;
use rig::simulator::Simulator;
use rig::simulator::grants::settings::{Client, Settings};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::consent::user::{CLIENT, CLIENT_SECRET, mail};
use crate::stage::{Operator, SOON, Scene};
use crate::web::client::{Page, Visitor};

/// The public URL of the page: below a path, so that this is tested too.
pub const PUBLIC: &str = "https://connect.example.com/oauth";

/// An operator with a consent page, and a provider with one client.
pub struct Site {
    pub scene: Scene,
    pub simulator: Simulator,
    pub address: String,
}

/// The arguments of an operator with a page.
pub const ARGUMENTS: [&str; 5] =
    ["--allow-loopback", "--public-url", PUBLIC, "--consent-bind-address", "127.0.0.1:0"];

/// Where an operator's page listens.
pub async fn address_of(operator: &Operator) -> String {
    let find = |line: &str| {
        let rest = line.split_once("\"consent_bind_address\":\"")?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    operator.process.find_in_log(SOON, "the address of the page", find).await.expect("a page")
}

/// Makes a ticket and puts its note on the Connection, as the plugin does.
pub async fn make_ticket(scene: &Scene, name: &str, at: Timestamp) -> String {
    let ticket = ticket(random::bytes());
    let generation = scene.connection(name).await.metadata.generation.unwrap_or_default();
    let note = TicketRecord::new(&ticket, generation, Some("ada".to_owned()), at);
    scene.annotate(name, TICKET_ANNOTATION, &note.to_annotation()).await;
    ticket.expose_secret().to_owned()
}

impl Site {
    pub async fn open(prefix: &str) -> Self {
        Self::on(Scene::with_arguments(prefix, &ARGUMENTS, &[]).await).await
    }

    /// The site of a scene whose operator has a page.
    pub async fn on(scene: Scene) -> Self {
        let simulator = Simulator::start().expect("the simulator starts");
        let address = address_of(&scene.stage.operator).await;
        let site = Self { scene, simulator, address };
        site.simulator.grant_codes(Settings::new(
            Client::new(CLIENT, CLIENT_SECRET, &site.redirect_uri("mail"))
                .redirect_uri(&site.redirect_uri("other")),
        ));
        let secret = [("client_secret", CLIENT_SECRET.as_bytes())];
        site.scene.put_secret("mail-client", &secret).await;
        site
    }

    pub fn namespace(&self) -> &str {
        self.scene.namespace.name()
    }

    pub fn redirect_uri(&self, name: &str) -> String {
        format!("{PUBLIC}/callback/{}/{name}", self.namespace())
    }

    /// The path of a page of a Connection.
    pub fn path(&self, page: &str, name: &str) -> String {
        format!("/oauth/{page}/{}/{name}", self.namespace())
    }

    /// Makes a Connection that waits for consent.
    pub async fn connection(&self, name: &str) {
        self.connection_of(name, mail(&self.simulator)).await;
    }

    pub async fn connection_of(&self, name: &str, spec: Value) {
        self.scene.apply(name, spec).await;
        self.scene.until(name, "Ready", "False", "AuthorizationRequired").await;
    }

    /// Makes a ticket for a Connection; returns the path of its page.
    pub async fn link(&self, name: &str) -> String {
        self.link_at(name, clock::now()).await
    }

    /// As [`link`](Self::link), made at another time.
    pub async fn link_at(&self, name: &str, at: Timestamp) -> String {
        let ticket = make_ticket(&self.scene, name, at).await;
        let link = format!("{}?ticket={ticket}", self.path("authorize", name));
        if at >= clock::now() - SignedDuration::from_mins(5) {
            self.until_known(&link).await;
        }
        link
    }

    /// Waits until the page knows a ticket.
    async fn until_known(&self, link: &str) {
        rig::wait::until_true(SOON, "the page knows the ticket", async || {
            self.visitor().get(link).status == 200
        })
        .await;
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.address)
    }

    /// Opens a link and presses the button; returns the page that sends the browser on.
    #[expect(clippy::unused_self, reason = "it reads as what happens at the site")]
    pub fn begin(&self, visitor: &Visitor, link: &str) -> Page {
        let page = visitor.get(link);
        assert_eq!(page.status, 200, "{}", page.html);
        visitor.press(&page)
    }

    /// Makes an authorization that was begun one that was begun eleven minutes ago.
    pub async fn begun_long_ago(&self, name: &str) {
        self.scene.until(name, "Authorized", "False", "AuthorizationPending").await;
        rig::wait::until_true(SOON, "the record is changed", async || {
            let read = GrantSecret::read(&self.scene.client, self.namespace(), name).await;
            let mut grant = read.expect("it can be read").expect("it is there");
            let attempt = grant.record.pending_authorization.as_mut().expect("something was begun");
            attempt.begun_at = clock::now() - SignedDuration::from_mins(11);
            grant.write(&self.scene.client).await.is_ok()
        })
        .await;
    }

    /// Goes to the provider; returns the path of the page that it sends the browser back to.
    #[expect(clippy::unused_self, reason = "it reads as what happens at the site")]
    pub fn consent(&self, leaving: &Page) -> String {
        assert_eq!(leaving.status, 200, "{}", leaving.html);
        let answer = loopback::get(&leaving.onward()).expect("the provider answers");
        let back = answer.header("location").unwrap_or_else(|| panic!("{}", answer.status));
        back.strip_prefix("https://connect.example.com").expect("back to the page").to_owned()
    }

    /// Everything from a link to the last page.
    pub async fn authorize(&self, visitor: &Visitor, name: &str) -> Page {
        let link = self.link(name).await;
        let back = self.consent(&self.begin(visitor, &link));
        self.follow(visitor, &back)
    }

    /// Follows the redirect of a callback to the last page.
    #[expect(clippy::unused_self, reason = "it reads as what happens at the site")]
    pub fn follow(&self, visitor: &Visitor, back: &str) -> Page {
        let page = visitor.get(back);
        assert_eq!(page.status, 303, "{}", page.html);
        let since = clock::Stopwatch::start();
        loop {
            // The page waits for a while, and a browser reloads it.
            let page = visitor.get(page.location());
            if !page.html.contains("Completing the authorization") || since.elapsed() > SOON {
                return page;
            }
        }
    }
}
