//! A namespace per test.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace as Resource;
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, PostParams};

use crate::control_plane::{ControlPlane, Error, kubeconfig};

/// Marks the namespaces that a test made; the value is the prefix it asked for.
pub const LABEL: &str = "connection-operator.io/test";

const DELETED_WITHIN: Duration = Duration::from_secs(3);

/// A namespace of its own, deleted on drop as far as that is possible then; nothing waits until it is gone.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    kubeconfig: PathBuf,
}

impl Namespace {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl ControlPlane {
    /// Makes a namespace whose name is `prefix` and a random end.
    ///
    /// # Errors
    /// If the API server refuses.
    pub async fn namespace(&self, prefix: &str) -> Result<Namespace, Error> {
        let labels = [(LABEL.to_owned(), prefix.to_owned())];
        let resource = Resource {
            metadata: ObjectMeta {
                generate_name: Some(format!("{prefix}-")),
                labels: Some(labels.into()),
                ..ObjectMeta::default()
            },
            ..Resource::default()
        };
        let namespaces: Api<Resource> = Api::all(self.client().await?);
        let made = namespaces.create(&PostParams::default(), &resource).await;
        let made = made.map_err(Error::api(format!("making a namespace {prefix}-…")))?;
        let name = made.metadata.name.unwrap_or_default();
        Ok(Namespace { name, kubeconfig: self.kubeconfig().to_owned() })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let Self { name, kubeconfig } = self;
        let delete = async {
            let namespaces: Api<Resource> = Api::all(kubeconfig::client(kubeconfig).await.ok()?);
            namespaces.delete(name, &DeleteParams::background()).await.ok()
        };
        // A runtime cannot be entered twice on one thread, and tests drop this inside theirs.
        thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                if let Ok(runtime) = runtime {
                    let _ = runtime
                        .block_on(async { tokio::time::timeout(DELETED_WITHIN, delete).await });
                }
            });
        });
    }
}
