//! The way to the cluster, as kubectl finds it.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config};

use crate::arguments::Target;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::secret_ref::SecretRef;

/// How long the API server may take to take a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the API server may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The cluster, and the namespace that is meant where none is named.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// Speaks to the API server as the caller.
    pub client: Client,
    /// The namespace.
    pub namespace: String,
}

impl Cluster {
    /// Finds the cluster.
    pub(crate) async fn connect(target: &Target) -> Result<Self, CliError> {
        // Fails only where a provider was installed before: then there is one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut config = config(target).await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(target.request_timeout.unwrap_or(ANSWER_TIMEOUT));
        if let Some(user) = &target.as_user {
            config.auth_info.impersonate = Some(user.clone());
        }
        if !target.as_group.is_empty() {
            config.auth_info.impersonate_groups = Some(target.as_group.clone());
        }
        let named = target.namespace.clone();
        let namespace = named.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(CliError::call("using the kubeconfig"))?;
        Ok(Self { client, namespace })
    }

    /// The Connections of the namespace.
    pub(crate) fn connections(&self) -> Api<Connection> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The Connections of the namespace, or of all.
    pub(crate) fn connections_in(&self, all_namespaces: bool) -> Api<Connection> {
        if all_namespaces { Api::all(self.client.clone()) } else { self.connections() }
    }

    /// The Secrets of the namespace.
    pub(crate) fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Reads a Secret to which a Connection refers.
    pub(crate) async fn referenced_secret(
        &self,
        SecretRef { field, name, .. }: &SecretRef,
    ) -> Result<Secret, CliError> {
        let secret = self.secrets().get_opt(name).await;
        let secret = secret.map_err(CliError::call(format!("reading Secret `{name}`")))?;
        secret.ok_or_else(|| ConnectionError::secret_not_found(field, name).into())
    }

    /// A Connection of the namespace.
    pub(crate) async fn connection(&self, name: &str) -> Result<Connection, CliError> {
        let found = self.connections().get(name).await;
        found.map_err(|error| match error {
            // A resource that is not installed is not found either; its message names no object.
            kube::Error::Api(status)
                if status.code == 404
                    && status.details.as_ref().is_some_and(|one| one.name == name) =>
            {
                let (namespace, name) = (self.namespace.clone(), name.to_owned());
                CliError::NoConnection { namespace, name }
            }
            error => CliError::call(format!("reading Connection `{name}`"))(error),
        })
    }
}

async fn config(target: &Target) -> Result<Config, CliError> {
    let unusable = |error| CliError::Kubeconfig(Box::new(error));
    let options = KubeConfigOptions {
        context: target.context.clone(),
        cluster: target.cluster.clone(),
        user: target.user.clone(),
    };
    let named = [&target.context, &target.cluster, &target.user].into_iter().any(Option::is_some);
    if let Some(path) = &target.kubeconfig {
        let file = Kubeconfig::read_from(path).map_err(unusable)?;
        return Config::from_custom_kubeconfig(file, &options).await.map_err(unusable);
    }
    match Config::from_kubeconfig(&options).await {
        // In a pod there is no file, and a service account. One that is there and damaged is a mistake.
        Err(error) if !named && is_absent(&error) => {
            Config::incluster().map_err(|_| unusable(error))
        }
        found => found.map_err(unusable),
    }
}

/// Whether there is no kubeconfig at all.
fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn a_damaged_kubeconfig_is_not_taken_for_none() {
        let read = |kind: ErrorKind| KubeconfigError::ReadConfig(Error::from(kind), "f".into());
        for (error, absent) in [
            (read(ErrorKind::NotFound), true),
            (KubeconfigError::FindPath, true),
            (read(ErrorKind::PermissionDenied), false),
            (KubeconfigError::CurrentContextNotSet, false),
        ] {
            assert_eq!(is_absent(&error), absent, "{error}");
        }
    }
}
