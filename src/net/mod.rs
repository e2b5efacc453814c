//! The hardened HTTP client: sends one token request and brings its answer back, bounded in time
//! and size. Knows the bytes of `oauth` and nothing of Kubernetes.

pub mod client;
pub mod error;
