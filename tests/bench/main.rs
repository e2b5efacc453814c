//! What the operator costs, measured on a real API server in one run, next to a plain client that
//! does the same work and nothing else. Only ratios and counts of one run mean anything.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod counted;
mod crowd;
mod histogram;
mod latency;
mod memory;
mod meter;
mod plain;
mod proc;
mod run;
mod table;
mod wave;

use std::error::Error;
use std::process::ExitCode;

/// What goes wrong ends the benchmark.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let done = if counted::is_asked_for() { counted::operator() } else { run::run() };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
