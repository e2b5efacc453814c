//! What may stand where the line ends.

use std::fmt;

use clap::{Arg, Command};

use crate::completion::line::Line;

/// What may stand where the line ends.
pub(super) enum Place {
    /// Files.
    Files,
    /// Names that the cluster or the kubeconfig knows.
    Named(Names),
    /// These words.
    Words(Vec<Offer>),
}

/// Names that the cluster or the kubeconfig knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Names {
    Clusters,
    Connections,
    Contexts,
    Namespaces,
    Secrets,
    Users,
}

/// A word that is offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Offer {
    /// What stands before it in the same word.
    pub before: String,
    /// The word.
    pub word: String,
    /// What it is.
    pub help: String,
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.before, self.word)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\t{}", self.help) }
    }
}

/// What may stand where the line ends.
pub(super) fn of(line: &Line<'_>) -> Place {
    if let Some(option) = line.option {
        return value_of(option, line);
    }
    if line.last.starts_with('-') {
        return Place::Words(options(line.command));
    }
    if line.command.has_subcommands() {
        return Place::Words(verbs(line.command));
    }
    let mut places = line.command.get_positionals();
    let place = places.find(|place| {
        let several = place.get_num_args().is_some_and(|count| count.max_values() > 1);
        several || line.given.len() < place.get_index().unwrap_or(1)
    });
    place.map_or_else(|| Place::Words(Vec::new()), |place| value_of(place, line))
}

fn value_of(arg: &Arg, line: &Line<'_>) -> Place {
    let known = arg.get_possible_values();
    if !known.is_empty() {
        let offer = |value: &clap::builder::PossibleValue| Offer {
            before: line.before.clone(),
            word: value.get_name().to_owned(),
            help: value.get_help().map(ToString::to_string).unwrap_or_default(),
        };
        return Place::Words(known.iter().map(offer).collect());
    }
    let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    match (arg.get_id().as_str(), value.as_deref()) {
        ("context", _) => Place::Named(Names::Contexts),
        ("cluster", _) => Place::Named(Names::Clusters),
        ("user", _) => Place::Named(Names::Users),
        ("namespace", _) => Place::Named(Names::Namespaces),
        (_, Some("FILE")) => Place::Files,
        (_, Some("NAME")) if arg.is_positional() => Place::Named(Names::Connections),
        (_, Some("SECRET")) => Place::Named(Names::Secrets),
        _ => Place::Words(Vec::new()),
    }
}

fn verbs(command: &Command) -> Vec<Offer> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let offer = |verb: &Command| Offer {
        before: String::new(),
        word: verb.get_name().to_owned(),
        help: verb.get_about().map(ToString::to_string).unwrap_or_default(),
    };
    shown.map(offer).collect()
}

fn options(command: &Command) -> Vec<Offer> {
    let offer = |arg: &Arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Offer { before: String::new(), word: format!("--{}", arg.get_long()?), help })
    };
    command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(offer).collect()
}

#[cfg(test)]
mod tests;
