//! Tests of the manifests in the repository: generated files, examples and documentation.

use std::fs;
use std::path::{Path, PathBuf};

use connection_client::api::crd;
use serde_json::Value;

use super::case::yaml;
use super::schema;
use super::server::{CRDS, DryRun};
use crate::docs::blocks::blocks;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A Connection in a file.
pub struct Manifest {
    file: String,
    pub value: Value,
}

/// Returns the Connections of `examples/full.yaml`, which together use every field.
pub fn full() -> Vec<Value> {
    let text = fs::read_to_string(Path::new(ROOT).join("examples/full.yaml")).unwrap();
    documents(&text)
}

fn documents(text: &str) -> Vec<Value> {
    let documents = text.split("\n---\n").filter(|text| !text.trim().is_empty());
    documents.map(yaml).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|name| name == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the Connections of examples and documentation.
pub fn manifests() -> Vec<Manifest> {
    let root = Path::new(ROOT);
    let mut texts: Vec<(PathBuf, String)> = Vec::new();
    for path in files(&root.join("examples"), "yaml") {
        texts.push((path.clone(), fs::read_to_string(&path).unwrap()));
    }
    let blocks = blocks().into_iter().filter(|block| block.language == "yaml");
    texts.extend(blocks.map(|block| (root.join(block.page), block.text)));
    let whole = texts.iter().filter(|(_, text)| text.contains("kind: Connection\n"));
    let whole = whole.flat_map(|(path, text)| {
        let file = path.strip_prefix(root).unwrap().display().to_string();
        documents(text).into_iter().map(move |value| Manifest { file: file.clone(), value })
    });
    whole.filter(|manifest| manifest.value["kind"] == "Connection").collect()
}

#[test]
fn the_definition_in_the_repository_is_the_generated_one() {
    let path = Path::new(CRDS).join("connections.connection-operator.io.yaml");
    let written = fs::read_to_string(&path).unwrap_or_default();
    let generated = crd::yaml().unwrap();
    assert!(
        written == generated,
        "{} does not match the Rust types: run make generate",
        path.display()
    );
}

#[test]
fn the_full_example_uses_every_field() {
    let mut manifests = full();
    for node in schema::spec() {
        let name = node.name();
        let rejected = ["exp", "iat", "jti", "nbf"]
            .iter()
            .any(|claim| name.ends_with(&format!("claims.{claim}")));
        let used = manifests.iter_mut().any(|manifest| node.find(manifest).is_some());
        assert!(used || rejected, "examples/full.yaml does not use {name}: add it");
    }
}

#[test]
fn every_preset_has_an_example() {
    let folder = Path::new(ROOT).join("crates/connection-client/src/provider/presets");
    let presets = files(&folder, "toml");
    assert!(!presets.is_empty(), "no presets in {}", folder.display());
    for preset in presets {
        let name = preset.file_stem().unwrap().to_string_lossy().into_owned();
        let used = |manifest: &Manifest| {
            manifest.file.starts_with("examples")
                && manifest.value["spec"]["provider"]["name"] == *name
        };
        assert!(
            manifests().iter().any(used),
            "no example uses the preset {name}: write examples/{name}.yaml"
        );
    }
}

#[tokio::test]
async fn every_manifest_in_examples_and_documentation_is_accepted() {
    let server = DryRun::new("manifests").await;
    let manifests = manifests();
    assert!(manifests.len() >= 19, "{} manifests: some were not found", manifests.len());
    for Manifest { file, value } in manifests {
        let stored = server.connection(&value).await;
        let stored = stored.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(stored["spec"], value["spec"], "{file} is not stored unchanged");
    }
}
