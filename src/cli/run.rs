//! From words to an exit code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::arguments::{Arguments, Target, Verb};
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::cli::{assertion, authorize, get, keystores, lint, renew, status};

/// Does what the words say; what fails is one line on the standard error.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    let (mut output, mut errors) = (io::stdout(), io::stderr());
    let mut terminal = Terminal::new(&mut output, &mut errors);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(verb(arguments, &mut terminal)),
        Err(error) => Err(CliError::System(error)),
    };
    let exit = outcome.unwrap_or_else(|error| {
        terminal.remark(&format!("error: {error}"));
        Exit::Error
    });
    exit.into()
}

/// Help is an answer; a mistake ends as every error does, since 2 has a meaning here.
fn misunderstood(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell it to when even this fails.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Ready.into(),
        _ => Exit::Error.into(),
    }
}

async fn verb(arguments: Arguments, terminal: &mut Terminal<'_>) -> Result<Exit, CliError> {
    let Arguments { target, verb } = arguments;
    match verb {
        Verb::Assertion(wanted) => {
            assertion::run(&cluster(&target).await?, &wanted, terminal).await
        }
        Verb::Authorize(wanted) => {
            authorize::run(&cluster(&target).await?, &wanted, terminal).await
        }
        Verb::Get(wanted) => get::run(&cluster(&target).await?, &wanted, terminal).await,
        Verb::Keystores(wanted) => {
            keystores::run(&cluster(&target).await?, &wanted, terminal).await
        }
        Verb::Lint(wanted) => lint::run(&wanted, terminal),
        Verb::Renew(wanted) => renew::run(&cluster(&target).await?, &wanted, terminal).await,
        Verb::Status(wanted) => status::run(&cluster(&target).await?, &wanted, terminal).await,
    }
}

async fn cluster(target: &Target) -> Result<Cluster, CliError> {
    Cluster::connect(target).await
}
