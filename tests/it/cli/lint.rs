//! `lint`: offline, it refuses what the API server refuses, and takes what it takes.

use std::path::Path;

use serde_json::{Value, json};

use super::plugin::{Said, run};
use crate::api::case::{JWT, spec};
use crate::api::rejected::ALL;
use crate::api::repository::manifests;

fn manifest(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": name }, "spec": spec,
    })
}

async fn lint(text: &str) -> Said {
    run(&["lint", "-f", "-"], None, text).await
}

#[tokio::test]
async fn what_the_api_server_rejects_is_rejected_offline_with_the_same_words() {
    let cases: Vec<_> = ALL.iter().copied().flatten().collect();
    let documents =
        cases.iter().map(|(_, base, changes, _)| manifest("crm", &spec(base, changes)).to_string());
    let said = lint(&documents.collect::<Vec<_>>().join("\n---\n")).await;
    assert_eq!(said.code, 1);
    let mut wrong = Vec::new();
    for (index, (sentence, _, _, expected)) in cases.iter().enumerate() {
        let mine = format!("document {} (crm): ", index + 1);
        let lines: Vec<_> = said.stdout.lines().filter(|line| line.contains(&mine)).collect();
        if !lines.iter().any(|line| line.contains(expected)) {
            wrong.push(format!("{sentence}\n  expected: {expected}\n  said: {lines:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_manifest_of_the_repository_is_accepted() {
    let manifests = manifests();
    let documents: Vec<_> = manifests.iter().map(|manifest| manifest.value.to_string()).collect();
    let said = lint(&documents.join("\n---\n")).await;
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said:?}");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/full.yaml");
    let said = run(&["lint", "-f", &examples.display().to_string()], None, "").await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains("Connections, no problem."), "{said:?}");
}

#[tokio::test]
async fn what_only_the_operator_knows_is_judged_too() {
    let bad = json!({ "flow": "JWT", "provider": { "name": "nobody" }, "client": { "id": "a" },
        "assertion": { "keystoreRef": { "name": "k" } } });
    let said = lint(&manifest("crm", &bad).to_string()).await;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stdout.starts_with(
            "standard input, document 1 (crm): spec.provider.name: there is no preset `nobody`"
        ),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_problem_says_file_document_and_field_and_others_are_let_be() {
    let good = manifest("crm", &spec(JWT, "{}"));
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: other }}\n---\n{good}\n---\n{}\n---\nkind: [\n",
        manifest("Bad_Name", &spec(JWT, "client: { id: 7 }\nfolw: JWT"))
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.yaml");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let said = run(&["lint", "-f", &file, "-o", "json"], None, "").await;
    assert_eq!(said.code, 1, "{said:?}");
    let problems: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    let of = |problem: &Value| (problem["document"].clone(), problem["path"].clone());
    let found: Vec<_> = problems.iter().map(of).collect();
    for expected in [(3, "metadata.name"), (3, "spec.client.id"), (3, "spec.folw"), (4, "")] {
        assert!(found.contains(&(json!(expected.0), json!(expected.1))), "{expected:?}: {said:?}");
    }
    assert!(problems.iter().all(|problem| problem["file"] == *file), "{said:?}");
    assert_eq!(problems.len(), 4, "{said:?}");

    let said = lint("kind: ConfigMap\napiVersion: v1\n").await;
    assert_eq!((said.code, said.stderr.trim()), (0, "There is no Connection in it."));
    let said = lint("kind: Connection\napiVersion: connection-operator.io/v2\n").await;
    assert!(said.code == 1 && said.stdout.contains("there is no version `v2`"), "{said:?}");
    let said = run(&["lint", "-f", "/nowhere.yaml"], None, "").await;
    assert!(said.code == 1 && said.stderr.contains("name a file that can be read"), "{said:?}");
}
