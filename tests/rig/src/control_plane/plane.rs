//! Starting the servers in order, and holding them together.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use tokio::sync::OnceCell;

use crate::control_plane::assets::Assets;
use crate::control_plane::audit::{self, AuditEvent, Mark};
use crate::control_plane::kubeconfig::{self, Credential};
use crate::control_plane::programs::{self, AUDIT_POLICY, Ports};
use crate::control_plane::server::{Readiness, Server};
use crate::control_plane::{Error, certificates};
use crate::scratch::Scratch;
use crate::wait;

const ATTEMPTS: usize = 3;
/// Below the range from which outgoing connections take theirs, so that a port is still free at a restart.
const FIRST_PORT: u64 = 20_000;
const PORTS: u64 = 12_000;
const CONTROLLERS_WITHIN: Duration = Duration::from_secs(30);

static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();

/// What a control plane is to have.
#[derive(Clone, Debug)]
pub struct Builder {
    controller_manager: bool,
    crds: Option<PathBuf>,
}

impl Builder {
    /// Whether to start the kube-controller-manager; without it nothing is collected and no namespace ever goes away.
    #[must_use]
    pub fn controller_manager(mut self, wanted: bool) -> Self {
        self.controller_manager = wanted;
        self
    }

    /// Installs the custom resource definitions in this folder before the kube-controller-manager starts, which
    /// looks for new ones only every half minute: without this, owner references to them work that much later.
    #[must_use]
    pub fn crds(mut self, folder: impl Into<PathBuf>) -> Self {
        self.crds = Some(folder.into());
        self
    }

    /// Starts it and waits until the API server is ready; the controllers follow within seconds.
    ///
    /// # Errors
    /// If the programs are not found, or one of them does not start, with the end of its log.
    pub async fn start(self) -> Result<ControlPlane, Error> {
        let mut assets = Assets::find()?;
        if !self.controller_manager {
            assets.controller_manager = None;
        }
        let mut attempt = 1;
        loop {
            match ControlPlane::launch(assets.clone(), self.crds.as_deref()).await {
                Err(Error::Ended { log, .. })
                    if attempt < ATTEMPTS && log.contains("address already in use") =>
                {
                    attempt += 1;
                }
                done => return done,
            }
        }
    }
}

/// A running control plane. Dropping it, or the end of this process however it comes, takes everything down.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: the clients of a server before the server, the folder last.
    controller_manager: Option<Server>,
    api_server: Server,
    etcd: Server,
    assets: Assets,
    ports: Ports,
    kubeconfig: PathBuf,
    folder: Scratch,
}

impl ControlPlane {
    /// A control plane to be configured.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { controller_manager: true, crds: None }
    }

    /// Starts one with everything.
    ///
    /// # Errors
    /// As for [`Builder::start`].
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// The one that the tests of this process share, with the custom resource definitions of that folder.
    ///
    /// The first caller's folder counts. It goes down with the process: no test may do a fault to it.
    ///
    /// # Errors
    /// As for [`Builder::start`]; the next caller tries again.
    pub async fn shared(crds: &Path) -> Result<&'static Self, Error> {
        SHARED.get_or_try_init(|| Self::builder().crds(crds).start()).await
    }

    async fn launch(assets: Assets, crds: Option<&Path>) -> Result<Self, Error> {
        let folder = Scratch::new("connection-operator-control-plane-");
        let folder = folder.map_err(Error::io("making a temporary folder"))?;
        let ports = free_ports().map_err(Error::io("looking for free ports"))?;
        certificates::write(&folder)?;
        let policy = folder.path().join("audit-policy.yaml");
        fs::write(policy, AUDIT_POLICY).map_err(Error::io("writing the audit policy"))?;
        let port = ports.api_server;
        let kubeconfig =
            kubeconfig::write(&folder, "admin", port, &Credential::Certificate("admin"))?;
        let manager = Credential::Certificate("controller-manager");
        kubeconfig::write(&folder, "controller-manager", port, &manager)?;

        let program = programs::etcd(&assets, &folder, ports);
        let etcd = Server::start("etcd", program, Readiness::Etcd(ports.etcd))?;
        etcd.ready().await?;
        let program = programs::api_server(&assets, &folder, ports);
        let readiness = Readiness::ApiServer(kubeconfig.clone());
        let api_server = Server::start("kube-apiserver", program, readiness)?;
        api_server.ready().await?;

        let mut plane =
            Self { controller_manager: None, api_server, etcd, assets, ports, kubeconfig, folder };
        if let Some(crds) = crds {
            plane.install_crds(crds).await?;
        }
        if let Some(program) = programs::controller_manager(&plane.assets, &plane.folder) {
            let started = Server::start("kube-controller-manager", program, Readiness::Running)?;
            plane.controller_manager = Some(started);
        }
        Ok(plane)
    }

    /// Waits until the kube-controller-manager does its work, which is some seconds after the start.
    ///
    /// # Errors
    /// If there is none, if it has ended, or where nothing is seen of it within half a minute.
    pub async fn controllers_ready(&self) -> Result<(), Error> {
        let manager = self.controller_manager.as_ref().ok_or(Error::NoControllerManager)?;
        let maps: Api<ConfigMap> = Api::namespaced(self.client().await?, "default");
        let seen = wait::try_until(CONTROLLERS_WITHIN, "the work of the controllers", async || {
            manager.ready().await.map_err(|error| error.to_string())?;
            maps.get("kube-root-ca.crt").await.map_err(|error| error.to_string())
        });
        seen.await?;
        Ok(())
    }

    /// The admin's kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A new client of the admin, for the runtime it is made in. It does not retry.
    ///
    /// # Errors
    /// If the kubeconfig cannot be read.
    pub async fn client(&self) -> Result<Client, Error> {
        kubeconfig::client(&self.kubeconfig).await
    }

    /// A new client for a kubeconfig, such as that of a service account. It does not retry.
    ///
    /// # Errors
    /// If the kubeconfig cannot be read.
    pub async fn client_for(&self, kubeconfig: &Path) -> Result<Client, Error> {
        kubeconfig::client(kubeconfig).await
    }

    /// If the audit log ends now.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn audit_mark(&self) -> Result<Mark, Error> {
        audit::end(&self.audit_log()).map_err(Error::io("reading the audit log"))
    }

    /// Every request after the mark that has been answered, in the order of the answers.
    ///
    /// Left out are the API server's and the controllers' own requests, and those for health and version.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn audit(&self, since: Mark) -> Result<Vec<AuditEvent>, Error> {
        audit::read(&self.audit_log(), since).map_err(Error::io("reading the audit log"))
    }

    /// etcd, for faults.
    #[must_use]
    pub fn etcd(&self) -> &Server {
        &self.etcd
    }

    /// The kube-apiserver, for faults.
    #[must_use]
    pub fn api_server(&self) -> &Server {
        &self.api_server
    }

    /// The kube-controller-manager, for faults; `None` if this control plane has none.
    #[must_use]
    pub fn controller_manager(&self) -> Option<&Server> {
        self.controller_manager.as_ref()
    }

    /// The folder with all its files: it goes with the control plane.
    #[must_use]
    pub fn folder(&self) -> &Scratch {
        &self.folder
    }

    /// The port of the API server on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.api_server
    }

    /// The kubectl program, for callers that run it in an environment of their own.
    #[must_use]
    pub fn kubectl_program(&self) -> &Path {
        &self.assets.kubectl
    }

    pub(crate) fn assets(&self) -> &Assets {
        &self.assets
    }

    fn audit_log(&self) -> PathBuf {
        self.folder.path().join("audit.log")
    }
}

/// Three free ports. Another process may take one before it is used; then the start is retried.
fn free_ports() -> io::Result<Ports> {
    let mut held: Vec<TcpListener> = Vec::new();
    for attempt in 0_u32..200 {
        if held.len() == 3 {
            break;
        }
        let candidate = FIRST_PORT + RandomState::new().hash_one(attempt) % PORTS;
        let candidate = u16::try_from(candidate).map_err(io::Error::other)?;
        held.extend(TcpListener::bind(("127.0.0.1", candidate)).ok());
    }
    let ports: Vec<u16> = held
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<io::Result<_>>()?;
    match ports[..] {
        [etcd, etcd_peer, api_server] => Ok(Ports { etcd, etcd_peer, api_server }),
        _ => Err(io::Error::other("no three free ports between 20000 and 32000")),
    }
}
