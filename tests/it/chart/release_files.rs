//! What `make dist` makes in addition to the image.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::helm::{CHART, documents, helm};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the script that makes them; each program is a file with its name in it.
fn parts() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).expect("a folder");
    for program in ["connection-operator", "kubectl-connection"] {
        fs::write(programs.join(program), program).expect("a file");
    }
    let made = folder.path().join("made");
    let output = Command::new("sh")
        .arg(Path::new(ROOT).join("tests/release/parts.sh"))
        .args([&made, &programs])
        .output()
        .expect("the script runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let entries =
        fs::read_dir(&made).expect("the folder is there").map(|entries| entries.expect("an entry"));
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| (name(&entry), fs::read(entry.path()).expect("a file"))).collect()
}

#[test]
fn the_same_source_produces_the_same_files() {
    let first = parts();
    assert!(first.len() >= 2, "{:?}", first.keys());
    assert!(first == parts(), "each file has the same bytes again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_packaged_chart_and_the_manifest_install_the_same_objects() {
    let files = parts();
    let version = env!("CARGO_PKG_VERSION");
    let folder = tempfile::tempdir().expect("a folder");
    let packed = folder.path().join("chart.tgz");
    fs::write(&packed, &files[&format!("connection-operator-{version}.tgz")]).expect("a file");
    let render = |chart: &str| {
        let args = ["template", "connection-operator", chart, "-n", "connection-operator"];
        helm(None, &args, &Value::Null).printed()
    };
    assert_eq!(render(packed.to_str().expect("UTF-8")), render(CHART));
    let manifest = String::from_utf8(files["install.yaml"].clone()).expect("UTF-8");
    assert_eq!(documents(&manifest).len(), documents(&render(CHART)).len() + 1);
    let plane = &Cluster::shared().await.plane;
    let args = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-"];
    plane.kubectl_ok(&args, &manifest).await.expect("the manifest is accepted");
}

#[test]
fn the_krew_manifest_of_a_plugin_matches_its_archive() {
    let files = parts();
    let crates = fs::read_dir(Path::new(ROOT).join("crates")).expect("a folder");
    let names = crates.map(|entry| entry.expect("an entry").file_name());
    let plugins = names.filter(|name| name.to_string_lossy().starts_with("kubectl-")).count();
    let archives = files.iter().filter(|(name, _)| name.ends_with(".tar.gz"));
    assert_eq!((archives.clone().count(), plugins), (1, 1));
    for (name, bytes) in archives {
        let plugin = name.split("-0").next().and_then(|name| name.strip_prefix("kubectl-"));
        let krew = &files[&format!("{}.krew.yaml", plugin.expect("a plugin"))];
        let krew: Value = serde_saphyr::from_slice(krew).expect("YAML");
        let platform = &krew["spec"]["platforms"][0];
        assert_eq!(krew["spec"]["version"], json!(format!("v{}", env!("CARGO_PKG_VERSION"))));
        assert_eq!(platform["sha256"], json!(sha256(bytes)));
        assert!(platform["uri"].as_str().expect("an address").ends_with(name.as_str()));
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let hex: Vec<_> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    hex.concat()
}
