//! Real servers for the tests, the demo and the benchmark: started on free ports, and stopped
//! however the process ends.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "its callers are tests, which fail by panicking"
)]

pub mod browser;
pub mod control_plane;
pub mod harness;
pub mod operator_process;
pub mod parts;
pub mod process;
pub mod scratch;
pub mod servers;
pub mod simulator;
pub mod wait;
