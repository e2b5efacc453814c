//! All integration tests, one binary: modules mirror `src`.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod controller;
mod keys;
mod stage;
