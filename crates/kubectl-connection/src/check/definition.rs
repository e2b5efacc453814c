//! Whether the CustomResourceDefinition is installed, and whether it is the plugin's own.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, ResourceExt};
use serde_json::Value;

use crate::check::line::Line;
use crate::cluster::Cluster;
use connection_client::api::crd;
use connection_client::api::names::GROUP;

const PART: &str = "CustomResourceDefinition";

/// What the cluster serves of Connections.
pub(super) async fn lines(cluster: &Cluster) -> Vec<Line> {
    vec![line(cluster).await]
}

async fn line(cluster: &Cluster) -> Line {
    let own = crd::connections();
    let version = own.spec.versions.first().map(|one| one.name.clone()).unwrap_or_default();
    let served = cluster.client.list_api_group_resources(&format!("{GROUP}/{version}")).await;
    let served = served.map(|all| all.resources.iter().any(|one| one.kind == "Connection"));
    match served {
        Ok(true) => {}
        Err(kube::Error::Api(status)) if status.code != 404 => {
            return Line::unknown(PART, format!("cannot be seen: {}", status.message));
        }
        _ => {
            return Line::bad(
                PART,
                format!(
                    "version {version} is not installed: install the operator's chart, or apply the definition of its release"
                ),
            );
        }
    }
    let api = Api::<CustomResourceDefinition>::all(cluster.client.clone());
    match api.get(&own.name_any()).await {
        Ok(there) if schema(&there, &version) == schema(&own, &version) => {
            Line::good(PART, format!("{version} is installed, as this plugin knows it"))
        }
        Ok(_) => Line::unknown(
            PART,
            format!(
                "{version} is installed, and is not that of this plugin ({}): use the plugin of the operator's version, else lint may judge otherwise than the API server",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        Err(_) => Line::good(
            PART,
            format!(
                "{version} is installed; you may not read it, so it is not compared with this plugin's"
            ),
        ),
    }
}

fn schema(definition: &CustomResourceDefinition, version: &str) -> Value {
    let found = definition.spec.versions.iter().find(|one| one.name == version);
    found.and_then(|one| serde_json::to_value(&one.schema).ok()).unwrap_or_default()
}
