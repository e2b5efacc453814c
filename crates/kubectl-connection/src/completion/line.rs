//! A line that is being written, read as the arguments' definition reads it.

use std::path::PathBuf;

use clap::{Arg, Command};

use crate::arguments::Target;

/// A line that is being written.
pub(super) struct Line<'a> {
    /// The verb, else the program.
    pub command: &'a Command,
    /// The option whose value is being written.
    pub option: Option<&'a Arg>,
    /// What stands at the verb's places already.
    pub given: Vec<String>,
    /// The word that is being written.
    pub last: String,
    /// What stands before it in the same word: `--namespace=`.
    pub before: String,
    /// Which cluster the line is about.
    pub target: Target,
}

/// Reads a line whose last word is being written.
pub(super) fn read<'a>(root: &'a Command, words: &[String]) -> Line<'a> {
    let (last, words) =
        words.split_last().map_or_else(Default::default, |(last, rest)| (last.clone(), rest));
    let mut line = Line {
        command: root,
        option: None,
        given: Vec::new(),
        last,
        before: String::new(),
        target: Target::default(),
    };
    for word in words {
        line.take(word);
    }
    if line.option.is_none()
        && let Some((name, value)) = line.last.clone().split_once('=')
        && let Some(option) = line.option_of(name)
    {
        line.option = Some(option);
        line.before = format!("{name}=");
        value.clone_into(&mut line.last);
    }
    line
}

impl<'a> Line<'a> {
    fn take(&mut self, word: &str) {
        if let Some(option) = self.option.take() {
            self.note(option, word);
        } else if word.starts_with('-') && word.len() > 1 {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let option = self.option_of(name);
            match (option, value) {
                (Some(option), Some(value)) => self.note(option, value),
                (option, None) => {
                    self.option = option.filter(|one| one.get_action().takes_values());
                }
                (None, Some(_)) => {}
            }
        } else if let Some(verb) = self.command.find_subcommand(word) {
            self.command = verb;
        } else {
            self.given.push(word.to_owned());
        }
    }

    /// The option that a word names, as `--name` or `-n`.
    fn option_of(&self, word: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| {
            let long = arg.get_long().is_some_and(|long| word == format!("--{long}"));
            let short = arg.get_short().is_some_and(|short| word == format!("-{short}"));
            long || short
        })
    }

    fn note(&mut self, option: &Arg, value: &str) {
        let value = value.to_owned();
        match option.get_id().as_str() {
            "as_group" => self.target.as_group.push(value),
            "as_user" => self.target.as_user = Some(value),
            "cluster" => self.target.cluster = Some(value),
            "user" => self.target.user = Some(value),
            "context" => self.target.context = Some(value),
            "kubeconfig" => self.target.kubeconfig = Some(PathBuf::from(value)),
            "namespace" => self.target.namespace = Some(value),
            _ => {}
        }
    }
}
