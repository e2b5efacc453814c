//! `lint -f FILE`: validates manifests of Connections without a cluster: against the schema, the CEL
//! rules and the operator's own checks.

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

/// The argument that means standard input.
const STANDARD_INPUT: &str = "-";

/// Validates the files.
pub(crate) fn run(
    arguments: &LintArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let linter = Linter::new();
    let (mut findings, mut count) = (Vec::new(), 0);
    for file in files::expand(&arguments.files, arguments.recursive)? {
        let file = file.as_path();
        let text = read(file)?;
        for document in documents::parse(&text) {
            let index = document.index;
            let (is_connection, name, violations) = linter.validate(document);
            count += usize::from(is_connection);
            let location = Location { file: display(file), document: index, name };
            let found = violations.into_iter().map(|violation| location.clone().with(violation));
            findings.extend(found);
        }
    }
    if arguments.output.format == OutputFormat::Json {
        terminal.stdout(&json::pretty(&findings));
    } else {
        for finding in &findings {
            terminal.stdout(&finding.to_string());
        }
    }
    if findings.is_empty() {
        // Standard output has findings alone, for scripts.
        terminal.stderr(&match count {
            0 => "No Connections found.".to_owned(),
            1 => "1 Connection is valid.".to_owned(),
            count => format!("{count} Connections are valid."),
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
        CliError::Cannot(format!("{}: {error}: set a readable file", file.display()))
    })
}

fn display(file: &Path) -> String {
    if file == Path::new(STANDARD_INPUT) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}
