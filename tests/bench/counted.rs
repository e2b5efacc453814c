//! The operator once more, in a process of its own whose allocator counts the bytes that live on
//! the heap: this program, started again with the operator's arguments.

use std::alloc::System;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use cap::Cap;
use clap::Parser as _;
use connection_operator::config::{Command, OperatorArguments};
use connection_operator::operator;
use rig::harness::Harness;

use crate::Result;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Names the file that the count is written to.
pub const FILE: &str = "BENCH_HEAP_FILE";

/// How often it is written.
const EVERY: Duration = Duration::from_millis(100);

/// Whether this process is to be the operator.
pub fn is_asked_for() -> bool {
    env::var_os(FILE).is_some()
}

/// Runs the operator until it is stopped.
pub fn operator() -> Result<()> {
    let file = PathBuf::from(env::var(FILE)?);
    thread::spawn(move || {
        loop {
            // A reader that finds half a number looks again.
            let _ = fs::write(&file, format!("{}\n", HEAP.allocated()));
            thread::sleep(EVERY);
        }
    });
    match OperatorArguments::parse().command {
        Command::Run(config) => Ok(operator::run(*config)?),
        Command::Crd => Err("only the operator itself is counted".into()),
    }
}

/// This program as the operator, and the variable that names the file for its heap.
pub fn harness() -> Result<Harness> {
    Ok(Harness::with_binary(env::current_exe()?))
}

/// Bytes that live on the heap of the counted operator.
pub fn heap(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok()
}
