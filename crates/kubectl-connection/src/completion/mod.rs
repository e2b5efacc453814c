//! `completion`: the scripts for shells and kubectl, and the hidden verb that they call.
//! Candidates follow from the clap definition of the arguments; names are read from the cluster.

mod candidates;
mod line;
mod names;

use clap::CommandFactory;

use crate::arguments::{CompletionArguments, PluginArguments, Shell};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// The hidden verb that the scripts call with the words of the line; the last word is incomplete.
pub(crate) const VERB: &str = "__complete";

/// The directive to complete file names, as in kubectl's completion
/// (<https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective>).
const FILES: &str = ":0";

/// The directive not to complete file names.
const NO_FILES: &str = ":4";

/// Prints a script.
pub(crate) fn script(arguments: &CompletionArguments, terminal: &mut Terminal<'_>) -> Exit {
    terminal.stdout(match arguments.shell {
        Shell::Bash => include_str!("scripts/bash"),
        Shell::Fish => include_str!("scripts/fish"),
        Shell::Kubectl => include_str!("scripts/kubectl"),
        Shell::PowerShell => include_str!("scripts/powershell"),
        Shell::Zsh => include_str!("scripts/zsh"),
    });
    Exit::Ready
}

/// Prints the candidates for the last word, one per line, each with a tab and its help.
pub(crate) async fn complete(words: &[String], terminal: &mut Terminal<'_>) -> Exit {
    let mut command = PluginArguments::command();
    // clap adds the global options to the verbs only when it builds the command.
    command.build();
    let line = line::parse(&command, words);
    let (mut candidates, files) = match candidates::candidates(&line) {
        candidates::Completion::Files => (Vec::new(), true),
        candidates::Completion::Names(source) => (names::candidates(source, &line).await, false),
        candidates::Completion::Words(words) => (words, false),
    };
    candidates.retain(|candidate| candidate.word.starts_with(&line.last));
    let mut text: Vec<_> = candidates.iter().map(ToString::to_string).collect();
    text.push(if files { FILES } else { NO_FILES }.to_owned());
    terminal.stdout(&text.join("\n"));
    Exit::Ready
}
