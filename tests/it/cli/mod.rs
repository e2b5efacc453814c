//! The kubectl plugin: the built binary, a kubeconfig and a real API server.

mod assertion;
mod authorize;
mod check;
mod completion;
mod get;
mod keystores;
mod lint;
pub mod plugin;
mod renew;
mod status;
