//! The schema of `Connection`, as a real API server takes and shows it.
//! Knows manifests alone: no operator runs here.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod accepted;
mod bounds;
pub mod case;
mod claims;
mod drift;
mod names;
mod presentation;
pub mod rejected;
mod rejections;
pub mod repository;
mod rules;
pub mod schema;
mod server;
