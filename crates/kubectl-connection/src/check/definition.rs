//! Checks that the CustomResourceDefinition is installed, and compares it with the plugin's.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, ResourceExt};
use serde_json::Value;

use crate::check::line::CheckLine;
use crate::cluster::Cluster;
use connection_client::api::crd;
use connection_client::api::names::GROUP;

const CHECK: &str = "CustomResourceDefinition";

/// Reports the state of the CustomResourceDefinition.
pub(super) async fn line(cluster: &Cluster) -> CheckLine {
    let own = crd::connections();
    let version = own.spec.versions.first().map(|version| version.name.clone()).unwrap_or_default();
    // By discovery, which users may read by default; the definition needs a cluster role.
    let served = cluster.client.list_api_group_resources(&format!("{GROUP}/{version}")).await;
    let served =
        served.map(|all| all.resources.iter().any(|resource| resource.kind == "Connection"));
    match served {
        Ok(true) => {}
        // The API server answers 404 if no definition has this group and version.
        Err(kube::Error::Api(status)) if status.code != 404 => {
            return CheckLine::unknown(CHECK, format!("cannot be listed: {}", status.message));
        }
        _ => {
            return CheckLine::failed(
                CHECK,
                format!(
                    "version {version} is not installed: install the operator's chart, or apply the definition from its release"
                ),
            );
        }
    }
    let api = Api::<CustomResourceDefinition>::all(cluster.client.clone());
    match api.get(&own.name_any()).await {
        Ok(installed) if schema(&installed, &version) == schema(&own, &version) => {
            CheckLine::ok(CHECK, format!("{version} is installed and matches this plugin"))
        }
        Ok(_) => CheckLine::unknown(
            CHECK,
            format!(
                "{version} is installed and differs from this plugin ({}): use the plugin of the operator's version, otherwise lint may disagree with the API server",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        // Only the comparison needs this permission.
        Err(_) => CheckLine::ok(
            CHECK,
            format!(
                "{version} is installed; you may not read it, so it is not compared with this plugin's"
            ),
        ),
    }
}

fn schema(definition: &CustomResourceDefinition, version: &str) -> Value {
    let found = definition.spec.versions.iter().find(|found| found.name == version);
    found.and_then(|found| serde_json::to_value(&found.schema).ok()).unwrap_or_default()
}
