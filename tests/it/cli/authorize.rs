//! `authorize`: from the plugin's own words to a grant.

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
use crate::consent::person::{self, client, mail, open};
use crate::stage::{SOON, Scene};
use crate::web::browser::Public;
use crate::web::pictures::show_html;
use crate::web::site::{PUBLIC, Site};

/// Two ports serve all of a machine: one test at a time.
static PORTS: Mutex<()> = Mutex::const_new(());

/// A plugin that waits for a person.
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

    /// The address that it prints.
    async fn address(&mut self) -> String {
        let reading = async {
            while let Some(line) = self.lines.next_line().await.expect("it speaks") {
                if line.starts_with("  http") {
                    return line.trim().to_owned();
                }
            }
            panic!("it ended without an address")
        };
        tokio::time::timeout(SOON, reading).await.expect("it prints an address")
    }

    /// Its exit code and its last words, on either output.
    async fn end(mut self) -> (i32, String) {
        drop(self.input);
        let mut last = String::new();
        let ending = async {
            while let Some(line) = self.lines.next_line().await.expect("it speaks") {
                last = line;
            }
            self.child.wait_with_output().await.expect("it ends")
        };
        let output = tokio::time::timeout(SOON, ending).await.expect("it ends");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().expect("it ends by itself"), format!("{last}{errors}"))
    }
}

/// Where the provider sends the browser.
fn sent_back(address: &str) -> String {
    let answer = loopback::get(address).expect("the provider answers");
    answer.header("location").expect("it sends the browser back").to_owned()
}

/// The rights to change Connections, and no others.
const RIGHTS: &[(&str, &str, &[&str])] =
    &[("connection-operator.io", "connections", &["get", "patch"]), ("", "secrets", &["create"])];

#[tokio::test(flavor = "multi_thread")]
async fn a_person_authorizes_at_a_listener_of_their_own_machine() {
    let _ports = PORTS.lock().await;
    let (scene, simulator) = open("loopback").await;
    let namespace = scene.namespace.name();
    let second = loopback_redirect_uri(18000, namespace, "mail");
    simulator.grant_codes(Settings::new(client(&scene).redirect_uri(&second)));
    scene.apply("mail", mail(&simulator)).await;
    let plugin = Plugin::limited(&scene, "ada", RIGHTS).await;

    simulator.consent(Consent::refused("access_denied", None));
    let mut denied = Waiting::start(&plugin, &scene, &["--loopback"]);
    let back = sent_back(&denied.address().await);
    // Somebody else's answer is turned away, and the right one is still taken.
    let strange = loopback::get(&back.replace("state=", "state=x")).expect("it listens");
    assert_eq!(strange.status, 400);
    let taken = loopback::get(&back).expect("it listens");
    assert_eq!(taken.status, 200);
    let browser = Browser::start().await.expect("the browser starts");
    for (name, page) in [("listener-refused", strange), ("listener-received", taken)] {
        show_html(&browser, name, &String::from_utf8_lossy(&page.body)).await;
    }
    let (code, words) = denied.end().await;
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("consent was denied"), "{words}");

    // The first port is taken: the second is used.
    let taken = std::net::TcpListener::bind("127.0.0.1:8000").expect("the port is free");
    simulator.consent(Consent::granted());
    let mut granted = Waiting::start(&plugin, &scene, &["--loopback"]);
    let back = sent_back(&granted.address().await);
    assert!(back.starts_with(&second), "{back}");
    assert_eq!(loopback::get(&back).expect("it listens").status, 200);
    let (code, words) = granted.end().await;
    drop(taken);
    assert_eq!(code, 0, "{words}");
    assert!(
        words.contains("mail: authorized as ") && words.contains("Secret mail-token"),
        "{words}"
    );
    assert_eq!(simulator.reuses(), 0);
    scene.demand_no_leak(&simulator.secrets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_browser_pastes_where_another_browser_ended() {
    let (scene, simulator) = open("paste").await;
    scene.apply("mail", mail(&simulator)).await;
    let mut pasting = Waiting::start(&Plugin::of(&scene), &scene, &["--paste"]);
    let back = sent_back(&pasting.address().await);
    let wrong = back.replace("state=", "state=x");
    // The query alone is enough.
    let part = back.split_once('?').expect("a query").1.to_owned();
    for line in [&wrong, &part] {
        pasting.input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
    }
    let (code, words) = pasting.end().await;
    assert_eq!(code, 0, "{words}");
    scene.until_issued("mail").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_waiting_the_address_is_the_answer_and_without_a_person_the_time_ends() {
    let site = Site::open("no-wait").await;
    site.connection("mail").await;
    let plugin = Plugin::of(&site.scene);
    let output = plugin.json(0, &["authorize", "mail", "--no-browser", "--no-wait"]).await;
    assert_eq!(
        (&output["outcome"], &output["name"]),
        (&json!("Started"), &json!("mail")),
        "{output}"
    );
    let page = format!("{PUBLIC}/authorize/{}/mail?ticket=", site.namespace());
    assert!(output["url"].as_str().unwrap().starts_with(&page), "{output}");

    let words = ["authorize", "mail", "--no-browser", "--timeout", "1s"];
    let said = plugin.run(&words).await;
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("nobody gave consent in time"), "{said:?}");
    let said = plugin.run(&[&words[..], &["-o", "json"]].concat()).await;
    let output: Value = serde_json::from_str(&said.stdout).expect("the answer alone");
    assert_eq!((said.code, &output["outcome"]), (2, &json!("TimedOut")), "{said:?}");
    assert!(said.stderr.contains(&page), "the URL is printed for the user: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_that_the_environment_names_is_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::open("browser").await;
    site.connection("mail").await;
    let folder = tempfile::tempdir().unwrap();
    let (script, opened) = (folder.path().join("browse"), folder.path().join("opened"));
    let text =
        "#!/bin/sh\necho \"$1 $2\" >\"$0.new\" && mv \"$0.new\" \"$(dirname \"$0\")/opened\"\n";
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plugin = Plugin::of(&site.scene);
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
async fn where_both_ports_are_taken_nothing_is_begun() {
    let _ports = PORTS.lock().await;
    let (scene, simulator) = open("ports").await;
    scene.apply("mail", mail(&simulator)).await;
    scene.until("mail", "Ready", "False", "AuthorizationRequired").await;
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let _taken = [8000, 18000].map(bind);
    let said = Plugin::of(&scene).run(&["authorize", "mail", "--loopback", "--no-browser"]).await;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("use --paste"), "{said:?}");
    // Nor by a user who may not create the handoff Secret.
    let rights = &[(RIGHTS[0].0, RIGHTS[0].1, RIGHTS[0].2)];
    let said = Plugin::limited(&scene, "changer", rights).await;
    let said = said.run(&["authorize", "mail", "--paste"]).await;
    assert!(said.code == 1 && said.stderr.contains("you may not create Secrets"), "{said:?}");
    let rights = &[(RIGHTS[0].0, RIGHTS[0].1, &["get"][..]), RIGHTS[1]];
    let said = Plugin::limited(&scene, "reader", rights).await;
    let said = said.run(&["authorize", "mail", "--paste"]).await;
    assert!(said.code == 1 && said.stderr.contains("the right to patch it"), "{said:?}");
    let annotations = scene.connection("mail").await.metadata.annotations.unwrap_or_default();
    assert!(!annotations.contains_key(TICKET_ANNOTATION), "no ticket was made: {annotations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_with_its_remedy() {
    let (scene, simulator) = open("cannot").await;
    simulator.change_grants(Settings::demanding_pushed);
    scene.apply("mail", mail(&simulator)).await;
    let said = Plugin::of(&scene).run(&["authorize", "mail", "--paste"]).await;
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("pushed authorization requests"), "{said:?}");
    let missing = plugin::run(&["authorize", "mail", "--loopback", "--paste"], None, "").await;
    assert_eq!(missing.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_authorizes_at_the_page_and_at_the_providers_own_in_a_real_browser() {
    let site = Public::open("plugin-page").await;
    site.connection(site.mail()).await;
    let browser = Browser::start().await.expect("the browser starts");
    let mut waiting = Waiting::start(&Plugin::of(&site.scene), &site.scene, &[]);
    let address = waiting.address().await;
    rig::wait::until_true(SOON, "the page knows the ticket", async || {
        browser.open(&address).await.expect("the page opens");
        browser.has("form").await.expect("the browser answers")
    })
    .await;
    site.consent(&browser, "ada").await;
    let (code, words) = waiting.end().await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("authorized as ada@example.com"), "{words}");
    site.scene.until_issued("mail").await;
    let old = site.scene.until_renewed("mail-token", None).await;
    site.scene.annotate("mail", "connection-operator.io/renew-requested-at", "1").await;
    site.scene.until_renewed("mail-token", Some(&old)).await;
    let records = site.provider.records().expect("the provider answers");
    assert!(records.reuses().is_empty(), "reuse detection was triggered");
    let secrets = [site.provider.secrets().expect("an answer"), vec![person::CLIENT_SECRET.into()]];
    site.scene.demand_no_leak(&secrets.concat()).await;
}
