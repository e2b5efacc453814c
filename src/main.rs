//! The operator's entry point: parses the arguments and calls the library.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use connection_client::api::crd;
use connection_operator::config::{Command, Config, OperatorArguments};
use connection_operator::operator;
use rustix::process::{Resource, Rlimit, setrlimit};

/// musl's allocator takes one lock for all threads; mimalloc does not.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    forbid_core_dumps();
    match OperatorArguments::parse().command {
        Command::Crd => print(crd::yaml()),
        Command::Run(config) => run(*config),
    }
}

/// Forbids core dumps, which would write keys and tokens in memory to a disk.
fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Ignore: lowering a limit does not fail.
    let _ = setrlimit(Resource::Core, none);
}

/// Runs the operator; reports an error with all its causes.
fn run(config: Config) -> ExitCode {
    let Err(error) = operator::run(config) else { return ExitCode::SUCCESS };
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    // An error before logging has started has no subscriber and would be lost.
    if tracing::dispatcher::has_been_set() {
        tracing::error!(error = text, "operator exited");
        return ExitCode::FAILURE;
    }
    // Ignore: stderr is gone.
    let _ = writeln!(std::io::stderr(), "connection-operator: {text}");
    ExitCode::FAILURE
}

/// Prints a document to stdout, or an error to stderr.
fn print<E: Error>(document: Result<String, E>) -> ExitCode {
    let written = match document {
        // `print!` would panic if the reader closed the pipe.
        Ok(document) => std::io::stdout().lock().write_all(document.as_bytes()),
        Err(error) => writeln!(std::io::stderr(), "cannot print: {error}")
            // The command must fail even if the error was printed.
            .and(Err(std::io::ErrorKind::InvalidData.into())),
    };
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
