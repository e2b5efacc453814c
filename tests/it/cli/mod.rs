//! The kubectl plugin as people run it: the built binary, a kubeconfig, a real API server.

mod assertion;
mod authorize;
mod completion;
mod get;
mod keystores;
mod lint;
mod plugin;
mod renew;
mod status;
