//! The executable of the kubectl plugin.

use std::process::ExitCode;

use kubectl_connection::run;

fn main() -> ExitCode {
    run::main(std::env::args_os())
}
