//! `lint`: rejects and accepts the same manifests as the API server.

use std::path::Path;

use serde_json::{Value, json};

use super::plugin::{Output, run};
use crate::api::case::{JWT, spec};
use crate::api::rejected::ALL;
use crate::api::repository::manifests;

fn manifest(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": name }, "spec": spec,
    })
}

async fn lint(text: &str) -> Output {
    run(&["lint", "-f", "-"], None, text).await
}

#[tokio::test]
async fn manifests_that_the_api_server_rejects_are_rejected_with_the_same_messages() {
    let cases: Vec<_> = ALL.iter().copied().flatten().collect();
    let documents =
        cases.iter().map(|(_, base, changes, _)| manifest("crm", &spec(base, changes)).to_string());
    let output = lint(&documents.collect::<Vec<_>>().join("\n---\n")).await;
    assert_eq!(output.code, 1);
    let mut wrong = Vec::new();
    for (index, (sentence, _, _, expected)) in cases.iter().enumerate() {
        let prefix = format!("document {} (crm): ", index + 1);
        let lines: Vec<_> = output.stdout.lines().filter(|line| line.contains(&prefix)).collect();
        if !lines.iter().any(|line| line.contains(expected)) {
            wrong.push(format!("{sentence}\n  expected: {expected}\n  output: {lines:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_manifest_of_the_repository_is_accepted() {
    let manifests = manifests();
    let documents: Vec<_> = manifests.iter().map(|manifest| manifest.value.to_string()).collect();
    let output = lint(&documents.join("\n---\n")).await;
    assert_eq!((output.code, output.stdout.as_str()), (0, ""), "{output:?}");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/full.yaml");
    let output = run(&["lint", "-f", &examples.display().to_string()], None, "").await;
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("Connections are valid."), "{output:?}");
}

#[tokio::test]
async fn unknown_presets_are_rejected() {
    let bad = json!({ "flow": "JWT", "provider": { "name": "unknown" }, "client": { "id": "a" },
        "assertion": { "keystoreRef": { "name": "k" } } });
    let output = lint(&manifest("crm", &bad).to_string()).await;
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        output.stdout.starts_with(
            "standard input, document 1 (crm): spec.provider.name: unknown preset `unknown`"
        ),
        "{output:?}"
    );
}

#[tokio::test]
async fn a_violation_has_file_document_and_path_and_other_kinds_are_ignored() {
    let good = manifest("crm", &spec(JWT, "{}"));
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: other }}\n---\n{good}\n---\n{}\n---\nkind: [\n",
        manifest("Bad_Name", &spec(JWT, "client: { id: 7 }\nfolw: JWT"))
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.yaml");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let output = run(&["lint", "-f", &file, "-o", "json"], None, "").await;
    assert_eq!(output.code, 1, "{output:?}");
    let findings: Vec<Value> = serde_json::from_str(&output.stdout).unwrap();
    let location = |finding: &Value| (finding["document"].clone(), finding["path"].clone());
    let found: Vec<_> = findings.iter().map(location).collect();
    for expected in [(3, "metadata.name"), (3, "spec.client.id"), (3, "spec.folw"), (4, "")] {
        assert!(
            found.contains(&(json!(expected.0), json!(expected.1))),
            "{expected:?}: {output:?}"
        );
    }
    assert!(findings.iter().all(|finding| finding["file"] == *file), "{output:?}");
    assert_eq!(findings.len(), 4, "{output:?}");

    let output = lint("kind: ConfigMap\napiVersion: v1\n").await;
    assert_eq!((output.code, output.stderr.trim()), (0, "No Connections found."));
    let output = lint("kind: Connection\napiVersion: connection-operator.io/v2\n").await;
    assert!(output.code == 1 && output.stdout.contains("unknown version `v2`"), "{output:?}");
    let output = run(&["lint", "-f", "/missing.yaml"], None, "").await;
    assert!(output.code == 1 && output.stderr.contains("set a readable file"), "{output:?}");
}
