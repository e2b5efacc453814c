//! `lint -f FILE`: what is wrong with manifests of Connections, offline.
//! Knows the resource's own schema and rules, and the operator's own conversion; asks no cluster.

mod convert;
mod documents;
mod files;
mod manifest;
mod metadata;
mod optional_select;
mod prune_nulls;
mod rules;
mod schema;
mod violation;

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

use crate::arguments::{LintArguments, OutputFormat};
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::lint::manifest::Linter;
use crate::lint::violation::Location;
use crate::terminal::Terminal;

/// The standard input's name on the command line, and in what is said of it.
const STANDARD_INPUT: &str = "-";

/// Judges the files.
pub(crate) fn run(
    arguments: &LintArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let linter = Linter::new();
    let (mut problems, mut judged) = (Vec::new(), 0);
    for file in files::of(&arguments.files, arguments.recursive)? {
        let file = file.as_path();
        let text = read(file)?;
        for document in documents::of(&text) {
            let index = document.index;
            let (is_ours, name, found) = linter.judge(document);
            judged += usize::from(is_ours);
            let place = Location { file: shown(file), document: index, name };
            problems.extend(found.into_iter().map(|fault| place.clone().with(fault)));
        }
    }
    if arguments.output.format == OutputFormat::Json {
        terminal.stdout(&json::pretty(&problems));
    } else {
        for problem in &problems {
            terminal.stdout(&problem.to_string());
        }
    }
    if problems.is_empty() {
        terminal.stderr(&match judged {
            0 => "There is no Connection in it.".to_owned(),
            1 => "1 Connection, no problem.".to_owned(),
            count => format!("{count} Connections, no problem."),
        });
        return Ok(Exit::Ready);
    }
    Ok(Exit::Error)
}

fn read(file: &Path) -> Result<String, CliError> {
    let text = if file == Path::new(STANDARD_INPUT) {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.map_err(|error| {
        CliError::Cannot(format!("{}: {error}: name a file that can be read", file.display()))
    })
}

fn shown(file: &Path) -> String {
    if file == Path::new(STANDARD_INPUT) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}
