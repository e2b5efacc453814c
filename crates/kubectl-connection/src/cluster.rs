//! The connection to the cluster, configured as for kubectl.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::api::ListParams;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config};

use crate::arguments::Target;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::secret_ref::SecretRef;

/// The time limit of establishing a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time limit of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A client of the cluster, and the selected namespace.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub client: Client,
    pub namespace: String,
}

impl Cluster {
    /// Loads the kubeconfig, otherwise the pod's service account.
    ///
    /// # Errors
    ///
    /// Returns an error if neither exists or can be used.
    pub(crate) async fn connect(target: &Target) -> Result<Self, CliError> {
        // Ignore: fails only if a provider is installed already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut config = config(target).await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(target.request_timeout.unwrap_or(RESPONSE_TIMEOUT));
        // The kubeconfig may impersonate too: only a flag replaces its values.
        if let Some(user) = &target.as_user {
            config.auth_info.impersonate = Some(user.clone());
        }
        if !target.as_group.is_empty() {
            config.auth_info.impersonate_groups = Some(target.as_group.clone());
        }
        let namespace = target.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(CliError::call("loading the kubeconfig"))?;
        Ok(Self { client, namespace })
    }

    pub(crate) fn connections(&self) -> Api<Connection> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Reads Connections of the namespace by name.
    pub(crate) async fn connections_by_name(
        &self,
        names: &[String],
    ) -> Result<Vec<Connection>, CliError> {
        let mut connections = Vec::new();
        for name in names {
            connections.push(self.connection(name).await?);
        }
        Ok(connections)
    }

    /// Lists the Connections of the namespace or of all namespaces.
    pub(crate) async fn list_connections(
        &self,
        all_namespaces: bool,
        selector: Option<&str>,
    ) -> Result<Vec<Connection>, CliError> {
        let api = if all_namespaces { Api::all(self.client.clone()) } else { self.connections() };
        let params = selector
            .map_or_else(ListParams::default, |selector| ListParams::default().labels(selector));
        let list = api.list(&params).await.map_err(CliError::call("listing Connections"))?;
        Ok(list.items)
    }

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
        // The operator's error, because it names the field of the spec.
        secret.ok_or_else(|| ConnectionError::secret_not_found(field, name).into())
    }

    /// Reads a Connection of the namespace.
    pub(crate) async fn connection(&self, name: &str) -> Result<Connection, CliError> {
        let read = self.connections().get(name).await;
        read.map_err(|error| match error {
            // A missing CRD is a 404 as well, but has no object name in its details.
            kube::Error::Api(status)
                if status.code == 404
                    && status.details.as_ref().is_some_and(|details| details.name == name) =>
            {
                let (namespace, name) = (self.namespace.clone(), name.to_owned());
                CliError::NoConnection { namespace, name }
            }
            error => CliError::call(format!("reading Connection `{name}`"))(error),
        })
    }
}

async fn config(target: &Target) -> Result<Config, CliError> {
    let kubeconfig_error = |error| CliError::Kubeconfig(Box::new(error));
    let options = KubeConfigOptions {
        context: target.context.clone(),
        cluster: target.cluster.clone(),
        user: target.user.clone(),
    };
    // A flag that selects from a kubeconfig must not fall back to the identity of the pod.
    let selects = [&target.context, &target.cluster, &target.user].into_iter().any(Option::is_some);
    if let Some(path) = &target.kubeconfig {
        let file = Kubeconfig::read_from(path).map_err(kubeconfig_error)?;
        return Config::from_custom_kubeconfig(file, &options).await.map_err(kubeconfig_error);
    }
    match Config::from_kubeconfig(&options).await {
        // A pod has a service account and no kubeconfig. A corrupted kubeconfig is an error.
        Err(error) if !selects && is_absent(&error) => {
            // Outside a pod the missing kubeconfig is the cause that the user can correct.
            Config::incluster().map_err(|_| kubeconfig_error(error))
        }
        config => config.map_err(kubeconfig_error),
    }
}

/// Returns whether there is no kubeconfig.
fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        // There is no home folder, for example in a minimal container.
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
    fn an_unreadable_kubeconfig_is_not_absent() {
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
