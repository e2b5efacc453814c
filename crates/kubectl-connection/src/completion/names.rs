//! Candidates from the cluster or the kubeconfig.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::cluster::Cluster;
use crate::completion::candidates::{CompletionCandidate, NameSource};
use crate::completion::line::CommandLine;

/// The time limit: the shell is blocked until the plugin responds.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Returns the names of a source. Empty on an error, because completion cannot show errors.
pub(super) async fn candidates(
    source: NameSource,
    line: &CommandLine<'_>,
) -> Vec<CompletionCandidate> {
    let names = match source {
        NameSource::Clusters => from_kubeconfig(line, |config| {
            config.clusters.into_iter().map(|cluster| cluster.name).collect()
        }),
        NameSource::Connections => from_cluster(line, Cluster::connections).await,
        NameSource::Contexts => from_kubeconfig(line, |config| {
            config.contexts.into_iter().map(|context| context.name).collect()
        }),
        NameSource::Namespaces => {
            from_cluster(line, |cluster| Api::<Namespace>::all(cluster.client.clone())).await
        }
        NameSource::Secrets => from_cluster(line, Cluster::secrets).await,
        NameSource::Users => from_kubeconfig(line, |config| {
            config.auth_infos.into_iter().map(|user| user.name).collect()
        }),
    };
    // `get` and `renew` take several names, and a repeated one has no use.
    let is_new = |name: &String| !line.positionals.contains(name);
    let candidate = |word: String| CompletionCandidate {
        prefix: line.prefix.clone(),
        word,
        help: String::new(),
    };
    names.unwrap_or_default().into_iter().filter(is_new).map(candidate).collect()
}

fn from_kubeconfig(
    line: &CommandLine<'_>,
    names: impl FnOnce(Kubeconfig) -> Vec<String>,
) -> Option<Vec<String>> {
    let read = match &line.target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    read.ok().map(names)
}

async fn from_cluster<K>(
    line: &CommandLine<'_>,
    api: impl FnOnce(&Cluster) -> Api<K>,
) -> Option<Vec<String>>
where
    K: Clone + DeserializeOwned + Resource<DynamicType = ()> + std::fmt::Debug,
{
    let listing = async {
        let cluster = Cluster::connect(&line.target).await.ok()?;
        // Metadata alone: completion must not load the values of Secrets.
        let list = api(&cluster).list_metadata(&ListParams::default()).await.ok()?;
        Some(list.items.iter().map(ResourceExt::name_any).collect())
    };
    // The limit includes connecting, because a credential plugin may wait for a login.
    tokio::time::timeout(TIMEOUT, listing).await.ok().flatten()
}
