//! Real parts for the tests, the demo and the benchmark.

pub mod servers;
pub mod simulator;
