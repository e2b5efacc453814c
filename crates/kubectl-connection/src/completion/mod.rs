//! Completion: scripts for shells and for kubectl, and what they ask the plugin at each key.
//! What may stand at a place follows from the arguments' own definition; names come from the cluster.

mod candidates;
mod line;
mod names;

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionArguments, Shell};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// The hidden verb that the scripts call: the words of the line follow, the last is being written.
pub(crate) const VERB: &str = "__complete";

/// Files may be offered as well, in the words of kubectl's completion
/// (<https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective>).
const FILES: &str = ":0";

/// Nothing else may be offered.
const NOTHING_ELSE: &str = ":4";

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

/// Prints what may stand in place of the last word, one a line, each with a tab and what it is.
pub(crate) async fn complete(words: &[String], terminal: &mut Terminal<'_>) -> Exit {
    let mut command = Arguments::command();
    command.build();
    let line = line::read(&command, words);
    let (mut offered, files) = match candidates::of(&line) {
        candidates::Completion::Files => (Vec::new(), true),
        candidates::Completion::Named(names) => (names::of(names, &line).await, false),
        candidates::Completion::Words(words) => (words, false),
    };
    offered.retain(|one| one.word.starts_with(&line.last));
    let mut text: Vec<_> = offered.iter().map(ToString::to_string).collect();
    text.push(if files { FILES } else { NOTHING_ELSE }.to_owned());
    terminal.stdout(&text.join("\n"));
    Exit::Ready
}
