//! From words to an exit code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::{Arguments, Target, Verb};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{assertion, authorize, check, completion, get, keystores, lint, renew, status};

/// Does what the words say; what fails is one line on the standard error.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = words.into_iter().collect();
    let asked = if words.get(1).is_some_and(|word| word == completion::VERB) {
        let words = words[2..].iter().map(|word| word.to_string_lossy().into_owned());
        Invocation::Completion(words.collect())
    } else {
        match Arguments::try_parse_from(words) {
            Ok(arguments) => Invocation::Verb(Box::new(arguments)),
            Err(error) => return print_usage_error(&error),
        }
    };
    let (mut output, mut errors) = (io::stdout(), io::stderr());
    let mut terminal = Terminal::new(&mut output, &mut errors);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(answer(asked, &mut terminal)),
        Err(error) => Err(CliError::System(error)),
    };
    let exit = outcome.unwrap_or_else(|error| {
        terminal.stderr(&format!("error: {error}"));
        Exit::Error
    });
    if terminal.has_failed() {
        terminal.stderr("error: the answer could not be written: see whether the disk is full");
        return Exit::Error.into();
    }
    exit.into()
}

/// What is asked.
enum Invocation {
    /// By a shell, what may stand at the end of these words.
    Completion(Vec<String>),
    /// By a person.
    Verb(Box<Arguments>),
}

async fn answer(asked: Invocation, terminal: &mut Terminal<'_>) -> Result<Exit, CliError> {
    match asked {
        Invocation::Completion(words) => Ok(completion::complete(&words, terminal).await),
        Invocation::Verb(arguments) => verb(*arguments, terminal).await,
    }
}

/// Help is an answer; a mistake ends as every error does, since 2 has a meaning here.
fn print_usage_error(error: &clap::Error) -> ExitCode {
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
        Verb::Check(wanted) => check::run(&cluster(&target).await?, &wanted, terminal).await,
        Verb::Completion(wanted) => Ok(completion::script(&wanted, terminal)),
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
