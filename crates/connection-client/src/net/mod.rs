//! The hardened way to providers: requests go out bounded in time and size, over TLS and proxies as
//! asked for, and only to addresses that the installation allows.
//! Knows the bytes of `oauth` and nothing of Kubernetes.

pub mod address;
pub mod client;
pub mod clients;
pub mod error;
pub mod guard;
pub mod host_pattern;
pub mod installation;
pub mod proxy;
pub mod public_roots;
mod resolver;
mod server_verifier;
pub mod transport;
pub mod trust;
mod trust_interner;
