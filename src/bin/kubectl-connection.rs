//! The kubectl plugin's program: calls the library.

use std::process::ExitCode;

use connection_operator::cli::run;

fn main() -> ExitCode {
    run::main(std::env::args_os())
}
