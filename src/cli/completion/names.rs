//! Names that may stand at a place, as the cluster or the kubeconfig knows them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::cli::cluster::Cluster;
use crate::cli::completion::line::Line;
use crate::cli::completion::place::{Names, Offer};

/// How long somebody who pressed a key waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The names; none where nobody tells them in time, for a line has no place for an error.
pub async fn of(names: Names, line: &Line<'_>) -> Vec<Offer> {
    let found = match names {
        Names::Clusters | Names::Contexts | Names::Users => configured(names, line),
        names => tokio::time::timeout(PATIENCE, asked(names, line)).await.ok().flatten(),
    };
    let new = |name: &String| !line.given.contains(name);
    let offer = |word: String| Offer { before: line.before.clone(), word, help: String::new() };
    found.unwrap_or_default().into_iter().filter(new).map(offer).collect()
}

/// Names of the kubeconfig; nobody has to be asked for them.
fn configured(names: Names, line: &Line<'_>) -> Option<Vec<String>> {
    let read = match &line.target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let found = read.ok()?;
    match names {
        Names::Clusters => Some(found.clusters.into_iter().map(|one| one.name).collect()),
        Names::Contexts => Some(found.contexts.into_iter().map(|one| one.name).collect()),
        Names::Users => Some(found.auth_infos.into_iter().map(|one| one.name).collect()),
        Names::Connections | Names::Namespaces | Names::Secrets => None,
    }
}

async fn asked(names: Names, line: &Line<'_>) -> Option<Vec<String>> {
    let cluster = Cluster::connect(&line.target).await.ok()?;
    match names {
        Names::Connections => listed(cluster.connections()).await,
        Names::Namespaces => listed(Api::<Namespace>::all(cluster.client)).await,
        Names::Secrets => listed(cluster.secrets()).await,
        Names::Clusters | Names::Contexts | Names::Users => None,
    }
}

async fn listed<K>(api: Api<K>) -> Option<Vec<String>>
where
    K: Clone + DeserializeOwned + Resource<DynamicType = ()> + std::fmt::Debug,
{
    let found = api.list_metadata(&ListParams::default()).await.ok()?;
    Some(found.items.iter().map(ResourceExt::name_any).collect())
}
