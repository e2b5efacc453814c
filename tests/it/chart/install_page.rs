//! The installation page says what works.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::cluster::{Cluster, FIRST};
use super::helm::template;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/install.md");
    fs::read_to_string(path).expect("the page is there")
}

/// The blocks of a language, without their indentation.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let dedent = |block: &str| {
        let margin = block.len() - block.trim_start().len();
        block.lines().map(|line| line.get(margin..).unwrap_or_default().to_owned() + "\n").collect()
    };
    parts.map(dedent).collect()
}

#[test]
fn the_values_that_it_shows_are_taken() {
    let blocks = blocks(&page(), "yaml");
    assert!(blocks.len() >= 2, "{blocks:?}");
    for block in blocks {
        let values: Value = serde_saphyr::from_str(&block).expect("YAML");
        template("operator", &values).printed();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_commands_enrol_a_namespace_and_make_a_connection() {
    let cluster = Cluster::shared().await;
    let blocks = blocks(&page(), "sh");
    let find =
        |words: &str| blocks.iter().find(|block| block.contains(words)).expect(words).clone();
    let connection = find("kind: Connection");
    // No operator runs on this plane that would make it ready.
    let connection =
        connection.split("\nkubectl --namespace integrations wait").next().expect("a part");
    let script = [&find("create rolebinding"), connection].map(String::from).join("\n");
    let programs = std::env::var("KUBEBUILDER_ASSETS").expect("the environment of `make env`");
    let output = Command::new("sh")
        .args(["-euc", &script])
        .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()))
        .env("KUBECONFIG", cluster.plane.kubeconfig())
        .env("CLIENT_SECRET", "a secret")
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let account = format!("system:serviceaccount:{FIRST}:{FIRST}");
    for (namespace, answer) in [("integrations", "yes"), ("default", "no")] {
        let args = ["auth", "can-i", "get", "secrets", "-n", namespace, "--as", &account];
        let said = cluster.plane.kubectl(&args).await.expect("kubectl runs");
        assert_eq!(said.stdout.trim(), answer, "{namespace}");
    }
}
