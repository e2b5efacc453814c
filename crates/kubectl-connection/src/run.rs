//! Runs the plugin: parses the arguments, runs the verb, returns the exit code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::{PluginArguments, Target, Verb};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{assertion, authorize, check, completion, get, keystores, lint, renew, status};

/// Runs the verb of the arguments. An error is printed as one line on standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = arguments.into_iter().collect();
    // Before clap, which would reject the incomplete line that follows this verb.
    let invocation = if words.get(1).is_some_and(|word| word == completion::VERB) {
        // Lossy: names are UTF-8, so a word that is not matches no candidate anyway.
        let words = words[2..].iter().map(|word| word.to_string_lossy().into_owned());
        Invocation::Completion(words.collect())
    } else {
        match PluginArguments::try_parse_from(words) {
            Ok(arguments) => Invocation::Verb(Box::new(arguments)),
            Err(error) => return print_usage_error(&error),
        }
    };
    let (mut output, mut errors) = (io::stdout(), io::stderr());
    let mut terminal = Terminal::new(&mut output, &mut errors);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(invocation, &mut terminal)),
        Err(error) => Err(CliError::System(error)),
    };
    let exit = outcome.unwrap_or_else(|error| {
        terminal.stderr(&format!("error: {error}"));
        Exit::Error
    });
    // A truncated result must not look complete to a script.
    if terminal.has_failed() {
        terminal.stderr("error: cannot write to standard output: check whether the disk is full");
        return Exit::Error.into();
    }
    exit.into()
}

/// The purpose of a run.
enum Invocation {
    /// A shell requests candidates for the last of these words.
    Completion(Vec<String>),
    Verb(Box<PluginArguments>),
}

async fn run(invocation: Invocation, terminal: &mut Terminal<'_>) -> Result<Exit, CliError> {
    match invocation {
        Invocation::Completion(words) => Ok(completion::complete(&words, terminal).await),
        Invocation::Verb(arguments) => verb(*arguments, terminal).await,
    }
}

/// Prints help or a usage error. A usage error exits with 1: clap's 2 means missing consent here.
fn print_usage_error(error: &clap::Error) -> ExitCode {
    // Ignore: no stream is left to report it.
    let _ = error.print();
    // clap reports a request for help as an error.
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Ready.into(),
        _ => Exit::Error.into(),
    }
}

async fn verb(arguments: PluginArguments, terminal: &mut Terminal<'_>) -> Result<Exit, CliError> {
    let PluginArguments { target, verb } = arguments;
    match verb {
        Verb::Assertion(arguments) => {
            assertion::run(&cluster(&target).await?, &arguments, terminal).await
        }
        Verb::Authorize(arguments) => {
            authorize::run(&cluster(&target).await?, &arguments, terminal).await
        }
        Verb::Check(arguments) => check::run(&cluster(&target).await?, &arguments, terminal).await,
        // Without a cluster, so that a profile of a shell can load the script offline.
        Verb::Completion(arguments) => Ok(completion::script(&arguments, terminal)),
        Verb::Get(arguments) => get::run(&cluster(&target).await?, &arguments, terminal).await,
        Verb::Keystores(arguments) => {
            keystores::run(&cluster(&target).await?, &arguments, terminal).await
        }
        // Without a cluster: a CI job may have no kubeconfig.
        Verb::Lint(arguments) => lint::run(&arguments, terminal),
        Verb::Renew(arguments) => renew::run(&cluster(&target).await?, &arguments, terminal).await,
        Verb::Status(arguments) => {
            status::run(&cluster(&target).await?, &arguments, terminal).await
        }
    }
}

async fn cluster(target: &Target) -> Result<Cluster, CliError> {
    Cluster::connect(target).await
}
