//! The kubectl plugin's program: calls the library.

use std::process::ExitCode;

use kubectl_connection::run;

fn main() -> ExitCode {
    run::main(std::env::args_os())
}
