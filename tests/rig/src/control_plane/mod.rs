//! A throw-away Kubernetes control plane: etcd, kube-apiserver, kube-controller-manager, real and on free ports.
//!
//! Knows Kubernetes and processes; knows nothing of Connections.

pub mod audit;
pub mod error;
pub mod kubectl;
pub mod namespace;
pub mod server;

mod assets;
mod certificates;
mod kubeconfig;
mod manifests;
mod plane;
mod programs;
mod service_account;

pub use audit::{AuditEvent, Mark};
pub use error::Error;
pub use kubectl::KubectlOutput;
pub use namespace::Namespace;
pub use plane::{Builder, ControlPlane};
pub use server::Server;
