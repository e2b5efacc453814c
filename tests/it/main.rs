//! All integration tests, one binary: modules mirror `src`.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod api;
mod attacks;
mod budget;
mod chart;
mod cli;
mod consent;
mod consumers;
mod controller;
mod docs;
mod gitops;
mod keys;
mod lease;
mod net;
mod observability;
mod plugin_program;
mod provider_servers;
mod stage;
mod upgrade;
mod web;
