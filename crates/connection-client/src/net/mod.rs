//! The HTTP client for providers: requests have a deadline and a maximum response size, use TLS and
//! proxies as configured, and go only to addresses that the egress policy allows.
//! Uses `oauth` and nothing of Kubernetes.

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
