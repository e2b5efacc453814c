//! What a release says it is made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the script that writes it.
fn bill_of_materials() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sbom.json");
    let script = Path::new(ROOT).join("tests/release/sbom.sh");
    let output = Command::new("sh").arg(script).arg(&file).output().expect("the script runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{errors}\nrun `sh tests/setup/cargo-tools.sh test` for the tool that writes it"
    );
    fs::read_to_string(&file).expect("the file is there")
}

/// Names and versions of all packages that Cargo.lock knows.
fn locked() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).expect("a file");
    let lock: toml::Table = text.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let word = |item: &toml::Value, key: &str| item[key].as_str().expect("a text").to_owned();
    packages.iter().map(|package| (word(package, "name"), word(package, "version"))).collect()
}

#[test]
fn it_names_the_product_and_only_what_cargo_lock_names() {
    let text = bill_of_materials();
    let bill: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&json!("CycloneDX"), &json!("1.5")));
    let root = &bill["metadata"]["component"];
    let product = (json!("connection-operator"), json!(env!("CARGO_PKG_VERSION")));
    assert_eq!((&root["name"], &root["version"]), (&product.0, &product.1));

    let word = |item: &Value, key: &str| item[key].as_str().expect("a text").to_owned();
    let components = bill["components"].as_array().expect("components");
    let named: BTreeSet<_> = components
        .iter()
        .map(|component| (word(component, "name"), word(component, "version")))
        .collect();
    let strangers: Vec<_> = named.difference(&locked()).cloned().collect();
    assert!(strangers.is_empty(), "not in Cargo.lock: {strangers:?}");
    for (part, there) in [
        ("aws-lc-rs", true),
        ("kube", true),
        ("mimalloc", true),
        // Of the tests.
        ("rig", false),
        ("tempfile", false),
        ("proptest", false),
        ("rcgen", false),
        ("cap", false),
    ] {
        assert_eq!(named.iter().any(|(name, _)| name == part), there, "{part}");
    }
    let without: Vec<_> =
        components.iter().filter(|component| component["licenses"].is_null()).collect();
    assert!(without.is_empty(), "components without a licence: {without:?}");
}

#[test]
fn it_contains_nothing_about_the_build_machine_and_leaves_no_files() {
    let before = entries();
    let text = bill_of_materials();
    assert_eq!(entries(), before);
    let temporary = std::env::temp_dir();
    let home = std::env::var("HOME").expect("a home");
    for place in [ROOT, &home, temporary.to_str().expect("UTF-8")] {
        // A slash alone is in every URL.
        let inside = format!("{}/", place.trim_end_matches('/'));
        assert!(inside == "/" || !text.contains(&inside), "{place} is in it");
    }
    assert!(text.contains("path+file:///source#connection-operator"));
}

/// The files in the folders of the manifests.
fn entries() -> BTreeSet<String> {
    let folders = [Path::new(ROOT).to_owned(), Path::new(ROOT).join("tests/rig")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    entries.map(|entry| entry.expect("an entry").path().display().to_string()).collect()
}
