//! A parsed incomplete command line.

use std::path::PathBuf;

use clap::{Arg, Command};

use crate::arguments::Target;

/// A parsed incomplete command line.
pub(super) struct CommandLine<'a> {
    /// The verb, otherwise the program.
    pub command: &'a Command,
    /// The option of which the last word is the value.
    pub option: Option<&'a Arg>,
    /// The positional arguments before the last word.
    pub positionals: Vec<String>,
    /// The word to complete.
    pub last: String,
    /// The part of the word before it, for example `--namespace=`.
    pub prefix: String,
    /// The cluster that the line selects.
    pub target: Target,
}

/// Parses a line whose last word is incomplete.
pub(super) fn parse<'a>(root: &'a Command, words: &[String]) -> CommandLine<'a> {
    let (last, words) =
        words.split_last().map_or_else(Default::default, |(last, rest)| (last.clone(), rest));
    let mut line = CommandLine {
        command: root,
        option: None,
        positionals: Vec::new(),
        last,
        prefix: String::new(),
        target: Target::default(),
    };
    for word in words {
        line.add(word);
    }
    // Not for the value of an option: a selector contains an equals sign too.
    if line.option.is_none()
        && let Some((name, value)) = line.last.clone().split_once('=')
        && let Some(option) = line.find_option(name)
    {
        line.option = Some(option);
        // Shells replace the whole word, so candidates repeat the name of the option.
        line.prefix = format!("{name}=");
        value.clone_into(&mut line.last);
    }
    line
}

impl<'a> CommandLine<'a> {
    fn add(&mut self, word: &str) {
        if let Some(option) = self.option.take() {
            self.set(option, word);
        } else if word.starts_with('-') && word.len() > 1 {
            // A lone `-` is standard input, hence the minimum length above.
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let option = self.find_option(name);
            match (option, value) {
                (Some(option), Some(value)) => self.set(option, value),
                (option, None) => {
                    // A flag takes no value, so the next word is a positional or an option.
                    self.option = option.filter(|option| option.get_action().takes_values());
                }
                (None, Some(_)) => {}
            }
        } else if let Some(verb) = self.command.find_subcommand(word) {
            self.command = verb;
        } else {
            self.positionals.push(word.to_owned());
        }
    }

    /// Finds an option by `--name` or `-n`.
    fn find_option(&self, word: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| {
            let long = arg.get_long().is_some_and(|long| word == format!("--{long}"));
            let short = arg.get_short().is_some_and(|short| word == format!("-{short}"));
            long || short
        })
    }

    fn set(&mut self, option: &Arg, value: &str) {
        let value = value.to_owned();
        match option.get_id().as_str() {
            "as_group" => self.target.as_group.push(value),
            "as_user" => self.target.as_user = Some(value),
            "cluster" => self.target.cluster = Some(value),
            "user" => self.target.user = Some(value),
            "context" => self.target.context = Some(value),
            "kubeconfig" => self.target.kubeconfig = Some(PathBuf::from(value)),
            "namespace" => self.target.namespace = Some(value),
            // Other options do not select a cluster.
            _ => {}
        }
    }
}
