//! Names that may stand at a place, as the cluster or the kubeconfig knows them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::cluster::Cluster;
use crate::completion::candidates::{Candidate, NameSource};
use crate::completion::line::Line;

/// How long somebody who pressed a key waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The names; none where nobody tells them in time, for a line has no place for an error.
pub(super) async fn of(names: NameSource, line: &Line<'_>) -> Vec<Candidate> {
    let found = match names {
        NameSource::Clusters => {
            configured(line, |all| all.clusters.into_iter().map(|one| one.name).collect())
        }
        NameSource::Connections => asked(line, Cluster::connections).await,
        NameSource::Contexts => {
            configured(line, |all| all.contexts.into_iter().map(|one| one.name).collect())
        }
        NameSource::Namespaces => {
            asked(line, |cluster| Api::<Namespace>::all(cluster.client.clone())).await
        }
        NameSource::Secrets => asked(line, Cluster::secrets).await,
        NameSource::Users => {
            configured(line, |all| all.auth_infos.into_iter().map(|one| one.name).collect())
        }
    };
    let new = |name: &String| !line.given.contains(name);
    let offer = |word: String| Candidate { before: line.before.clone(), word, help: String::new() };
    found.unwrap_or_default().into_iter().filter(new).map(offer).collect()
}

/// Names of the kubeconfig; nobody has to be asked for them.
fn configured(
    line: &Line<'_>,
    names: impl FnOnce(Kubeconfig) -> Vec<String>,
) -> Option<Vec<String>> {
    let read = match &line.target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    read.ok().map(names)
}

/// Names that the cluster tells in time.
async fn asked<K>(line: &Line<'_>, api: impl FnOnce(&Cluster) -> Api<K>) -> Option<Vec<String>>
where
    K: Clone + DeserializeOwned + Resource<DynamicType = ()> + std::fmt::Debug,
{
    let asking = async {
        let cluster = Cluster::connect(&line.target).await.ok()?;
        let found = api(&cluster).list_metadata(&ListParams::default()).await.ok()?;
        Some(found.items.iter().map(ResourceExt::name_any).collect())
    };
    tokio::time::timeout(PATIENCE, asking).await.ok().flatten()
}
