//! Where the programs are.

use std::env;
use std::path::PathBuf;

use crate::control_plane::Error;

/// The programs of a control plane.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    pub(crate) etcd: PathBuf,
    pub(crate) api_server: PathBuf,
    pub(crate) kubectl: PathBuf,
    /// The binaries of envtest come without it.
    pub(crate) controller_manager: Option<PathBuf>,
}

impl Assets {
    /// From the folder that `KUBEBUILDER_ASSETS` names.
    pub(crate) fn find() -> Result<Self, Error> {
        let folder = PathBuf::from(env::var_os("KUBEBUILDER_ASSETS").ok_or(Error::NoAssets)?);
        let program = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(Error::ProgramMissing(path)) }
        };
        Ok(Self {
            etcd: program("etcd")?,
            api_server: program("kube-apiserver")?,
            kubectl: program("kubectl")?,
            controller_manager: program("kube-controller-manager").ok(),
        })
    }
}
