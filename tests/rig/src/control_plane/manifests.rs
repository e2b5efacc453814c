//! Manifests, applied as a GitOps tool would.

use std::path::Path;
use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;

use crate::control_plane::{ControlPlane, Error};
use crate::wait;

const ESTABLISHED_WITHIN: Duration = Duration::from_secs(30);

impl ControlPlane {
    /// Server-side applies a YAML text with any number of documents, as admin.
    ///
    /// # Errors
    /// If the API server refuses one of them.
    pub async fn apply(&self, yaml: &str) -> Result<(), Error> {
        self.kubectl_ok(&["apply", "--server-side", "-f", "-"], yaml).await.map(drop)
    }

    /// Applies the custom resource definitions in a folder and waits until they are served.
    ///
    /// # Errors
    /// If the API server refuses one, or does not serve it within half a minute.
    pub async fn install_crds(&self, folder: &Path) -> Result<(), Error> {
        let folder = folder.to_string_lossy();
        let args = ["apply", "--server-side", "-o", "name", "-f", &folder];
        let applied = self.kubectl_ok(&args, "").await?;
        for line in applied.lines() {
            let name = line.rsplit('/').next().unwrap_or(line);
            self.crd_served(name).await?;
        }
        Ok(())
    }

    /// `Established` comes before the resource can be found and asked for everywhere; so the resource is asked for.
    async fn crd_served(&self, name: &str) -> Result<(), Error> {
        let client = self.client().await?;
        let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
        let crd = crds.get(name).await.map_err(Error::api(format!("reading {name}")))?;
        let versions = crd.spec.versions.iter().filter(|version| version.served);
        for version in versions {
            let group = format!("/apis/{}/{}", crd.spec.group, version.name);
            let list = format!("{group}/{}?limit=1", crd.spec.names.plural);
            let plural = format!(r#""name":"{}""#, crd.spec.names.plural);
            wait::try_until(ESTABLISHED_WITHIN, &format!("{name} to be served"), async || {
                let get = async |path: &str| {
                    let request = http::Request::get(path).body(Vec::new());
                    let request = request.map_err(|error| error.to_string())?;
                    client.request_text(request).await.map_err(|error| error.to_string())
                };
                get(&list).await?;
                let found = get(&group).await?.contains(&plural);
                if found { Ok(()) } else { Err(format!("{group} does not list it")) }
            })
            .await?;
        }
        Ok(())
    }
}
