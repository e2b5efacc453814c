//! The operator's program: parses its arguments and calls the library.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use connection_operator::api::definition;
use connection_operator::config::{Arguments, Command};

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Crd => print(definition::yaml()),
        Command::Run(_config) => ExitCode::SUCCESS,
    }
}

/// Prints a document, or says why it cannot.
fn print<E: std::error::Error>(document: Result<String, E>) -> ExitCode {
    let written = match document {
        Ok(document) => std::io::stdout().lock().write_all(document.as_bytes()),
        Err(error) => writeln!(std::io::stderr(), "cannot print: {error}").and(Err(std::io::ErrorKind::InvalidData.into())),
    };
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
