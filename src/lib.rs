//! OAuth 2.0 connections for Kubernetes.
//!
//! Modules stand on numbered floors; each may name only floors below it, siblings do not know each
//! other, and `tests/architecture.rs` proves it. Floors 0 to 5 are the core: they compile without
//! the `operator` feature, so without Kubernetes, HTTP or a runtime.

// Floor 0: words.
pub mod clock;
pub mod random;

// Floor 1.
pub mod keys;

// Floor 2: bytes out, bytes in.
pub mod oauth;

// Floor 3: one file per grant.
pub mod flow;

// Floor 4: the domain.
pub mod connection;

// Floor 5.
pub mod metrics;

// Floor 6: the world.
#[cfg(feature = "operator")]
pub mod api;
#[cfg(feature = "operator")]
pub mod config;
#[cfg(feature = "operator")]
pub mod leadership;
#[cfg(feature = "operator")]
pub mod net;
#[cfg(feature = "operator")]
pub mod provider;
#[cfg(feature = "operator")]
pub mod readiness;
#[cfg(feature = "operator")]
pub mod telemetry;

// Floor 7.
#[cfg(feature = "operator")]
pub mod store;

// Floor 8: the facts, from values.
#[cfg(feature = "operator")]
pub mod observation;

// Floor 9: siblings.
#[cfg(feature = "plugin")]
pub mod cli;
#[cfg(feature = "operator")]
pub mod controller;
#[cfg(feature = "operator")]
pub mod lease;
#[cfg(feature = "operator")]
pub mod web;

// Floor 10: composition.
#[cfg(feature = "operator")]
pub mod operator;
