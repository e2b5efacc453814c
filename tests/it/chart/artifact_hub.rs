//! The chart's annotations for Artifact Hub
//! (<https://artifacthub.io/docs/topics/annotations/helm/>).

use std::fs;
use std::path::Path;

use connection_client::api::crd;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::helm::CHART;

/// The levels that an operator may be of.
const CAPABILITIES: [&str; 5] =
    ["Basic Install", "Seamless Upgrades", "Full Lifecycle", "Deep Insights", "Auto Pilot"];

fn annotation(name: &str) -> String {
    let text = fs::read_to_string(Path::new(CHART).join("Chart.yaml")).expect("a file");
    let chart: Value = serde_saphyr::from_str(&text).expect("YAML");
    let value = &chart["annotations"][format!("artifacthub.io/{name}")];
    value.as_str().unwrap_or_else(|| panic!("{name} is a text: {value}")).to_owned()
}

fn list(name: &str) -> Vec<Value> {
    let list: Vec<Value> = serde_saphyr::from_str(&annotation(name)).expect("a list");
    assert!(!list.is_empty(), "{name}");
    list
}

#[test]
fn the_package_is_an_operator_with_the_license_of_the_crate() {
    assert_eq!(annotation("operator"), "true");
    assert_eq!(annotation("license"), "Apache-2.0");
    let cargo = include_str!("../../../Cargo.toml");
    assert!(cargo.contains("\nlicense = \"Apache-2.0\"\n"));
    let level = annotation("operatorCapabilities");
    assert!(CAPABILITIES.contains(&&*level), "{level}");
}

#[test]
fn the_annotated_crds_are_those_of_the_chart() {
    let definition = crd::connections();
    let names = &definition.spec.names;
    let version = &definition.spec.versions[0];
    let [listed] = list("crds").try_into().expect("one resource");
    for (key, expected) in [
        ("name", json!(definition.metadata.name)),
        ("kind", json!(names.kind)),
        ("version", json!(version.name)),
    ] {
        assert_eq!(listed[key], expected, "{key}");
    }
    for key in ["displayName", "description"] {
        assert!(listed[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_examples_are_accepted_by_the_api_server() {
    let plane = &Cluster::shared().await.plane;
    for example in list("crdsExamples") {
        let args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
        let said = plane.kubectl_ok(&args, &example.to_string()).await;
        let said = said.expect("the example is accepted");
        assert!(said.starts_with("connection.connection-operator.io/"), "{said}");
    }
}
