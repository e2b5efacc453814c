//! The Kubernetes objects of the pages are accepted by an API server that overlooks nothing.

use serde_json::Value;

use crate::docs::{blocks, path};
use crate::stage::Scene;

/// The YAML blocks of the pages of a folder that are whole objects of a group that the API server has.
fn objects(folder: &str) -> Vec<(String, String)> {
    let mut objects = Vec::new();
    for entry in std::fs::read_dir(path(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if std::path::Path::new(&name).extension().is_none_or(|one| one != "md") {
            continue;
        }
        for block in blocks(&format!("{folder}/{name}"), "yaml") {
            let parsed: Value = serde_saphyr::from_str(&block).expect("each block is YAML");
            let group = parsed["apiVersion"].as_str().unwrap_or_default();
            if matches!(group, "v1" | "apps/v1" | "batch/v1" | "connection-operator.io/v1alpha1") {
                objects.push((format!("{folder}/{name}"), block));
            }
        }
    }
    objects
}

#[tokio::test]
async fn each_object_of_the_pages_is_accepted() {
    let scene = Scene::open("pages").await;
    let objects = [objects("docs/consumers"), objects("docs/gitops")].concat();
    assert!(objects.len() >= 4, "{objects:?}");
    for (page, object) in objects {
        let mut object: Value = serde_saphyr::from_str(&object).expect("YAML");
        object["metadata"]["namespace"] = scene.namespace.name().into();
        let args = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
        let said = scene.stage.plane.kubectl_ok(&args, &object.to_string()).await;
        let said = said.unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(said.contains("server dry run"), "{page}: {said}");
    }
}
