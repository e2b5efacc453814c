//! Tests of the schema of `Connection` against an API server, without an operator.
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
