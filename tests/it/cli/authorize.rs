//! `authorize`: from the command to a grant.

use std::process::Stdio;

use connection_client::api::names::TICKET_ANNOTATION;
use connection_core::connection::consent_page::loopback_redirect_uri;
use rig::browser::Browser;
use rig::servers::loopback;
use rig::simulator::grants::consent::Consent;
use rig::simulator::grants::settings::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::cli::plugin::{self, Plugin};
use crate::consent::user::{self, client, mail, open};
use crate::stage::{SOON, Scene};
use crate::web::browser::Public;
use crate::web::pictures::show_html;
use crate::web::site::{PUBLIC, Site};

/// Serializes the tests that use the two loopback ports.
static PORTS: Mutex<()> = Mutex::const_new(());

/// A running plugin that waits for consent.
struct Waiting {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Waiting {
    fn start(plugin: &Plugin, scene: &Scene, arguments: &[&str]) -> Self {
        let mut command = Command::new(crate::plugin_program::plugin_program());
        command.args(["authorize", "mail", "--no-browser", "-n", scene.namespace.name()]);
        command.args(arguments).env("KUBECONFIG", plugin.kubeconfig());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().expect("the plugin starts");
        let input = child.stdin.take().expect("its input is a pipe");
        let output = child.stdout.take().expect("its output is a pipe");
        Self { child, input, lines: BufReader::new(output).lines() }
    }

    /// Returns the URL that the plugin prints.
    async fn url(&mut self) -> String {
        let reading = async {
            while let Some(line) = self.lines.next_line().await.expect("a line") {
                if line.starts_with("  http") {
                    return line.trim().to_owned();
                }
            }
            panic!("the plugin exited without a URL")
        };
        tokio::time::timeout(SOON, reading).await.expect("the plugin prints a URL")
    }

    /// Returns the exit code, and the last line of standard output with standard error.
    async fn finish(mut self) -> (i32, String) {
        drop(self.input);
        let mut last = String::new();
        let ending = async {
            while let Some(line) = self.lines.next_line().await.expect("a line") {
                last = line;
            }
            self.child.wait_with_output().await.expect("an output")
        };
        let output = tokio::time::timeout(SOON, ending).await.expect("the plugin exits");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().expect("an exit code"), format!("{last}{errors}"))
    }
}

/// Returns the URL to which the provider redirects the browser.
fn redirect(url: &str) -> String {
    let response = loopback::get(url).expect("the provider responds");
    response.header("location").expect("a redirect").to_owned()
}

/// The permissions that `authorize` needs.
const PERMISSIONS: &[(&str, &str, &[&str])] =
    &[("connection-operator.io", "connections", &["get", "patch"]), ("", "secrets", &["create"])];

#[tokio::test(flavor = "multi_thread")]
async fn a_user_authorizes_with_the_loopback_listener() {
    let _ports = PORTS.lock().await;
    let (scene, simulator) = open("loopback").await;
    let namespace = scene.namespace.name();
    let second = loopback_redirect_uri(18000, namespace, "mail");
    simulator.grant_codes(Settings::new(client(&scene).redirect_uri(&second)));
    scene.apply("mail", mail(&simulator)).await;
    let plugin = Plugin::with_permissions(&scene, "ada", PERMISSIONS).await;

    simulator.consent(Consent::refused("access_denied", None));
    let mut denied = Waiting::start(&plugin, &scene, &["--loopback"]);
    let back = redirect(&denied.url().await);
    // A response with another state is rejected, and the listener continues.
    let rejected = loopback::get(&back.replace("state=", "state=x")).expect("a response");
    assert_eq!(rejected.status, 400);
    let accepted = loopback::get(&back).expect("a response");
    assert_eq!(accepted.status, 200);
    let browser = Browser::start().await.expect("the browser starts");
    for (name, page) in [("listener-rejected", rejected), ("listener-accepted", accepted)] {
        show_html(&browser, name, &String::from_utf8_lossy(&page.body)).await;
    }
    let (code, words) = denied.finish().await;
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("consent was denied"), "{words}");

    // The first port is in use, so the second is used.
    let first_port = std::net::TcpListener::bind("127.0.0.1:8000").expect("the port is free");
    simulator.consent(Consent::granted());
    let mut granted = Waiting::start(&plugin, &scene, &["--loopback"]);
    let back = redirect(&granted.url().await);
    assert!(back.starts_with(&second), "{back}");
    assert_eq!(loopback::get(&back).expect("a response").status, 200);
    let (code, words) = granted.finish().await;
    drop(first_port);
    assert_eq!(code, 0, "{words}");
    assert!(
        words.contains("mail: authorized as ") && words.contains("Secret mail-token"),
        "{words}"
    );
    assert_eq!(simulator.reuses(), 0);
    scene.assert_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_pastes_the_url_of_a_browser_on_another_machine() {
    let (scene, simulator) = open("paste").await;
    scene.apply("mail", mail(&simulator)).await;
    let mut pasting = Waiting::start(&Plugin::as_admin(&scene), &scene, &["--paste"]);
    let back = redirect(&pasting.url().await);
    let wrong = back.replace("state=", "state=x");
    // The query is sufficient.
    let part = back.split_once('?').expect("a query").1.to_owned();
    for line in [&wrong, &part] {
        pasting
            .input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .expect("the plugin reads its input");
    }
    let (code, words) = pasting.finish().await;
    assert_eq!(code, 0, "{words}");
    scene.until_issued("mail").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_wait_prints_the_url_and_without_consent_the_timeout_ends_the_wait() {
    let site = Site::open("no-wait").await;
    site.connection("mail").await;
    let plugin = Plugin::as_admin(&site.scene);
    let json = plugin.json(0, &["authorize", "mail", "--no-browser", "--no-wait"]).await;
    assert_eq!((&json["outcome"], &json["name"]), (&json!("Started"), &json!("mail")), "{json}");
    let page = format!("{PUBLIC}/authorize/{}/mail?ticket=", site.namespace());
    assert!(json["url"].as_str().unwrap().starts_with(&page), "{json}");

    let words = ["authorize", "mail", "--no-browser", "--timeout", "1s"];
    let output = plugin.run(&words).await;
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("timed out waiting for consent"), "{output:?}");
    let output = plugin.run(&[&words[..], &["-o", "json"]].concat()).await;
    let json: Value = serde_json::from_str(&output.stdout).expect("JSON only");
    assert_eq!((output.code, &json["outcome"]), (2, &json!("TimedOut")), "{output:?}");
    assert!(output.stderr.contains(&page), "the instructions are on standard error: {output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_of_the_environment_is_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::open("browser").await;
    site.connection("mail").await;
    let folder = tempfile::tempdir().unwrap();
    let (script, opened) = (folder.path().join("browse"), folder.path().join("opened"));
    let text =
        "#!/bin/sh\necho \"$1 $2\" >\"$0.new\" && mv \"$0.new\" \"$(dirname \"$0\")/opened\"\n";
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plugin = Plugin::as_admin(&site.scene);
    let mut command = Command::new(crate::plugin_program::plugin_program());
    command.args(["authorize", "mail", "--no-wait", "-n", site.namespace()]);
    command.env("KUBECONFIG", plugin.kubeconfig());
    command.env("BROWSER", format!("{} --new", script.display()));
    let output = command.output().await.expect("the plugin starts");
    assert!(output.status.success(), "{output:?}");
    rig::wait::until_true(SOON, "the browser is opened", async || opened.exists()).await;
    let words = std::fs::read_to_string(&opened).unwrap();
    let page = format!("--new {PUBLIC}/authorize/{}/mail?ticket=", site.namespace());
    assert!(words.starts_with(&page), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ticket_is_created_if_a_precondition_fails() {
    let _ports = PORTS.lock().await;
    let (scene, simulator) = open("ports").await;
    scene.apply("mail", mail(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let _taken = [8000, 18000].map(bind);
    let output =
        Plugin::as_admin(&scene).run(&["authorize", "mail", "--loopback", "--no-browser"]).await;
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("use --paste"), "{output:?}");
    // Without permission to create Secrets.
    let permissions = &[(PERMISSIONS[0].0, PERMISSIONS[0].1, PERMISSIONS[0].2)];
    let output = Plugin::with_permissions(&scene, "patcher", permissions).await;
    let output = output.run(&["authorize", "mail", "--paste"]).await;
    assert!(
        output.code == 1 && output.stderr.contains("cannot create secrets in namespace"),
        "{output:?}"
    );
    // Without permission to patch the Connection.
    let permissions = &[(PERMISSIONS[0].0, PERMISSIONS[0].1, &["get"][..]), PERMISSIONS[1]];
    let output = Plugin::with_permissions(&scene, "reader", permissions).await;
    let output = output.run(&["authorize", "mail", "--paste"]).await;
    assert!(
        output.code == 1 && output.stderr.contains("(forbidden): ask for a role that allows it"),
        "{output:?}"
    );
    let annotations = scene.connection("mail").await.metadata.annotations.unwrap_or_default();
    assert!(!annotations.contains_key(TICKET_ANNOTATION), "no ticket is created: {annotations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_method_is_an_error_with_its_remedy() {
    let (scene, simulator) = open("cannot").await;
    simulator.change_grants(Settings::demanding_pushed);
    scene.apply("mail", mail(&simulator)).await;
    let output = Plugin::as_admin(&scene).run(&["authorize", "mail", "--paste"]).await;
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("pushed authorization requests"), "{output:?}");
    let output = plugin::run(&["authorize", "mail", "--loopback", "--paste"], None, "").await;
    assert_eq!(output.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_authorizes_with_the_consent_page_in_a_real_browser() {
    let site = Public::open("plugin-page").await;
    site.connection(site.mail()).await;
    let browser = Browser::start().await.expect("the browser starts");
    let mut waiting = Waiting::start(&Plugin::as_admin(&site.scene), &site.scene, &[]);
    let address = waiting.url().await;
    rig::wait::until_true(SOON, "the page accepts the ticket", async || {
        browser.open(&address).await.expect("the page opens");
        browser.has("form").await.expect("the browser responds")
    })
    .await;
    site.consent(&browser, "ada").await;
    let (code, words) = waiting.finish().await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("authorized as ada@example.com"), "{words}");
    site.scene.until_issued("mail").await;
    let old = site.scene.until_renewed("mail-token", None).await;
    site.scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    site.scene.until_renewed("mail-token", Some(&old)).await;
    let records = site.provider.records().expect("the provider responds");
    assert!(records.reuses().is_empty(), "reuse detection was triggered");
    let secrets = [site.provider.secrets().expect("a response"), vec![user::CLIENT_SECRET.into()]];
    site.scene.assert_no_leak(&secrets.concat()).await;
}
