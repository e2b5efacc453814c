//! The hardened way to providers: requests go out bounded in time and size, over TLS and proxies as
//! asked for, and only to addresses that the installation allows.
//! Knows the bytes of `oauth` and nothing of Kubernetes.

pub mod address;
pub mod client;
pub mod clients;
pub mod egress_policy;
pub mod error;
pub mod host_pattern;
pub mod proxy;
mod resolver;
pub mod root_store;
mod server_verifier;
pub mod transport;
pub mod trust;
mod truststore_cache;
pub mod unguarded_client;
