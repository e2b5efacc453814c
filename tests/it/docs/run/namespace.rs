//! The commands of a user with a namespace of Connections.

use std::path::Path;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::json;

use super::commands::{Shown, in_sentences, shown};
use super::installed;
use super::person;
use super::shell::Shell;
use crate::cli::plugin::Plugin;
use crate::controller::lifecycle::jwt;
use crate::docs::blocks::blocks;
use crate::keys::fixtures::{self, STORE};
use crate::stage::Scene;
use crate::web::site::{PUBLIC, Site};

/// What ends with another code than 0, as its page says.
const CODES: [(&str, i32); 2] =
    [("kubectl connection check crm", 1), ("kubectl connection lint -f connections.yaml", 1)];

const MANIFESTS: &str = include_str!("connections.yaml");

/// A keystore with the alias that the pages show.
fn keystore() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["rsa.p8.pem", "rsa.crt.pem"] {
        std::fs::write(folder.path().join(file), fixtures::bytes(file)).expect("it is written");
    }
    let passout = format!("pass:{STORE}");
    let words = ["pkcs12", "-export", "-name", "crm", "-inkey", "rsa.p8.pem", "-in", "rsa.crt.pem"];
    fixtures::run(folder.path(), "openssl", &[&words[..], &["-passout", &passout]].concat(), b"")
}

/// What the pages speak of: `crm`, which signs with a keystore, and `mail`, which a person authorizes.
async fn furnish(scene: &Scene, simulator: &Simulator) {
    simulator.otherwise(Behavior::token().lifetime(3600.0));
    let keystore = keystore();
    let secret = [("keystore.p12", &keystore[..]), ("password", STORE.as_bytes())];
    scene.put_secret("crm-keystore", &secret).await;
    let jks = fixtures::bytes("multi.jks");
    scene.put_secret("old", &[("keystore.jks", &jks), ("password", b"not it")]).await;
    let mut spec = jwt(simulator);
    spec["client"]["id"] = json!("integration");
    spec["scopes"] = json!(["api", "web"]);
    spec["assertion"]["keystoreRef"] = json!({ "name": "crm-keystore" });
    scene.apply("crm", spec).await;
    scene.until_issued("crm").await;
}

/// A terminal in the namespace, with the files that the pages name.
fn terminal(site: &Site, kubeconfig: &Path, token_endpoint: &str) -> Shell {
    let namespace = site.namespace();
    let mut shell = Shell::new(site.scene.stage.plane, kubeconfig, namespace);
    for (page, here) in [
        ("OPERATOR_NAMESPACE", namespace),
        ("NAMESPACE", namespace),
        ("team-a", namespace),
        ("https://login.example.com/oauth2/token", token_endpoint),
        ("https://connect.example.com/authorize", &format!("{PUBLIC}/authorize")),
        ("login.example.com", "127.0.0.1"),
        (" NAME ", " crm "),
        (" NAME\n", " crm\n"),
        (" authorization-code", " mail"),
    ] {
        shell.name(page, here);
    }
    shell.typed = format!("{STORE}\n");
    let overlay = shell.path("overlays/production");
    std::fs::create_dir_all(&overlay).expect("a folder");
    for file in [shell.path("connections.yaml"), overlay.join("connections.yaml")] {
        let complete = MANIFESTS.split("---\n").next().expect("a document");
        let text = if file.starts_with(&overlay) { complete } else { MANIFESTS };
        std::fs::write(file, text).expect("it is written");
    }
    std::fs::write(overlay.join("kustomization.yaml"), "resources: [connections.yaml]\n")
        .expect("it is written");
    shell
}

/// In a page about consent the Connection is one that needs it.
fn of_the_page(mut shown: Shown) -> Shown {
    if shown.script.contains("authorize NAME ") {
        shown.script = shown.script.replace(" NAME ", " mail ");
    }
    shown
}

fn code_of(script: &str) -> i32 {
    let code = CODES.iter().find(|(command, _)| script.starts_with(command));
    code.map_or(0, |(_, code)| *code)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_pages_do_what_the_pages_show() {
    let site = Site::open("docs").await;
    let simulator = Simulator::start().expect("the simulator starts");
    furnish(&site.scene, &simulator).await;
    site.connection("mail").await;
    let endpoint = simulator.token_endpoint();
    let mut shell = terminal(&site, site.scene.stage.plane.kubeconfig(), &endpoint);
    let opened = person::browser_of(&mut shell);
    let viewer = ("connection-operator.io", "connections", &["get", "list"][..]);
    let viewer = Plugin::with_permissions(&site.scene, "viewer", &[viewer]).await;
    let theirs = terminal(&site, viewer.kubeconfig(), &endpoint);
    let blocks = blocks().into_iter().filter(|block| !installed::is_about_it(block));
    let all = blocks.flat_map(|block| shown(&block)).chain(in_sentences());
    let all: Vec<_> = all.map(of_the_page).collect();
    assert!(all.len() > 25, "{}", all.len());
    let run = async {
        for one in &all {
            // The page shows the output for a user with read access.
            let shell = if one.script.contains("connection check") { &theirs } else { &shell };
            shell.run(one, code_of(&one.script)).await;
        }
    };
    tokio::select! {
        () = run => {}
        never = person::gives_consent(&opened, &site) => match never {},
    }
    let secrets = [simulator.secrets(), site.simulator.secrets()].concat();
    site.scene.assert_no_leak(&secrets).await;
}
