//! What may stand where the line ends.

use std::fmt;

use clap::{Arg, Command};

use crate::completion::line::Line;

/// What may stand where the line ends.
pub(super) enum Completion {
    /// Files.
    Files,
    /// Names that the cluster or the kubeconfig knows.
    Named(NameSource),
    /// These words.
    Words(Vec<Candidate>),
}

/// Names that the cluster or the kubeconfig knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NameSource {
    Clusters,
    Connections,
    Contexts,
    Namespaces,
    Secrets,
    Users,
}

/// A word that is offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Candidate {
    /// What stands before it in the same word.
    pub before: String,
    /// The word.
    pub word: String,
    /// What it is.
    pub help: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.before, self.word)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\t{}", self.help) }
    }
}

/// What may stand where the line ends.
pub(super) fn of(line: &Line<'_>) -> Completion {
    if let Some(option) = line.option {
        return value_of(option, line);
    }
    if line.last.starts_with('-') {
        return Completion::Words(options(line.command));
    }
    if line.command.has_subcommands() {
        return Completion::Words(verbs(line.command));
    }
    let mut places = line.command.get_positionals();
    let place = places.find(|place| {
        let several = place.get_num_args().is_some_and(|count| count.max_values() > 1);
        several || line.given.len() < place.get_index().unwrap_or(1)
    });
    place.map_or_else(|| Completion::Words(Vec::new()), |place| value_of(place, line))
}

fn value_of(arg: &Arg, line: &Line<'_>) -> Completion {
    let known = arg.get_possible_values();
    if !known.is_empty() {
        let offer = |value: &clap::builder::PossibleValue| Candidate {
            before: line.before.clone(),
            word: value.get_name().to_owned(),
            help: value.get_help().map(ToString::to_string).unwrap_or_default(),
        };
        return Completion::Words(known.iter().map(offer).collect());
    }
    let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    match (arg.get_id().as_str(), value.as_deref()) {
        ("context", _) => Completion::Named(NameSource::Contexts),
        ("cluster", _) => Completion::Named(NameSource::Clusters),
        ("user", _) => Completion::Named(NameSource::Users),
        ("namespace", _) => Completion::Named(NameSource::Namespaces),
        (_, Some("FILE")) => Completion::Files,
        (_, Some("NAME")) if arg.is_positional() => Completion::Named(NameSource::Connections),
        (_, Some("SECRET")) => Completion::Named(NameSource::Secrets),
        _ => Completion::Words(Vec::new()),
    }
}

fn verbs(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let offer = |verb: &Command| Candidate {
        before: String::new(),
        word: verb.get_name().to_owned(),
        help: verb.get_about().map(ToString::to_string).unwrap_or_default(),
    };
    shown.map(offer).collect()
}

fn options(command: &Command) -> Vec<Candidate> {
    let offer = |arg: &Arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Candidate { before: String::new(), word: format!("--{}", arg.get_long()?), help })
    };
    command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(offer).collect()
}

#[cfg(test)]
mod tests;
