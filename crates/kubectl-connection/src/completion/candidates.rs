//! Candidates for the last word of a command line.

use std::fmt;

use clap::{Arg, Command};

use crate::completion::line::CommandLine;

/// The kind of candidates for the last word.
pub(super) enum Completion {
    Files,
    /// Names from the cluster or the kubeconfig.
    Names(NameSource),
    Words(Vec<CompletionCandidate>),
}

/// The source of names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NameSource {
    Clusters,
    Connections,
    Contexts,
    Namespaces,
    Secrets,
    Users,
}

/// A candidate for the last word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct CompletionCandidate {
    /// The part of the word before the candidate, for example `--namespace=`.
    pub prefix: String,
    pub word: String,
    pub help: String,
}

impl fmt::Display for CompletionCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.word)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\t{}", self.help) }
    }
}

/// Returns the candidates for the last word of a line.
pub(super) fn candidates(line: &CommandLine<'_>) -> Completion {
    if let Some(option) = line.option {
        return values(option, line);
    }
    if line.last.starts_with('-') {
        return Completion::Words(options(line.command));
    }
    if line.command.has_subcommands() {
        return Completion::Words(verbs(line.command));
    }
    let mut positionals = line.command.get_positionals();
    // Indexes start at 1, so this finds the first positional that has no value yet.
    let positional = positionals.find(|positional| {
        let repeats = positional.get_num_args().is_some_and(|count| count.max_values() > 1);
        repeats || line.positionals.len() < positional.get_index().unwrap_or(1)
    });
    positional.map_or_else(|| Completion::Words(Vec::new()), |positional| values(positional, line))
}

fn values(arg: &Arg, line: &CommandLine<'_>) -> Completion {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let candidate = |value: &clap::builder::PossibleValue| CompletionCandidate {
            prefix: line.prefix.clone(),
            word: value.get_name().to_owned(),
            help: value.get_help().map(ToString::to_string).unwrap_or_default(),
        };
        return Completion::Words(possible.iter().map(candidate).collect());
    }
    let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    // Global options share the value name NAME, so their ids decide.
    match (arg.get_id().as_str(), value.as_deref()) {
        ("context", _) => Completion::Names(NameSource::Contexts),
        ("cluster", _) => Completion::Names(NameSource::Clusters),
        ("user", _) => Completion::Names(NameSource::Users),
        ("namespace", _) => Completion::Names(NameSource::Namespaces),
        (_, Some("FILE")) => Completion::Files,
        (_, Some("NAME")) if arg.is_positional() => Completion::Names(NameSource::Connections),
        (_, Some("SECRET")) => Completion::Names(NameSource::Secrets),
        _ => Completion::Words(Vec::new()),
    }
}

fn verbs(command: &Command) -> Vec<CompletionCandidate> {
    let visible = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let candidate = |verb: &Command| CompletionCandidate {
        prefix: String::new(),
        word: verb.get_name().to_owned(),
        help: verb.get_about().map(ToString::to_string).unwrap_or_default(),
    };
    visible.map(candidate).collect()
}

fn options(command: &Command) -> Vec<CompletionCandidate> {
    let candidate = |arg: &Arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(CompletionCandidate {
            prefix: String::new(),
            word: format!("--{}", arg.get_long()?),
            help,
        })
    };
    command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(candidate).collect()
}

#[cfg(test)]
mod tests;
