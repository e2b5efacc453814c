//! The commands of the pages, with what the pages show of their output.

use std::collections::BTreeMap;

use super::elsewhere;
use crate::docs::blocks::{Block, blocks, blocks_in};
use crate::docs::links::pages;

/// Languages of blocks whose lines are commands alone.
const SCRIPTS: [&str; 4] = ["sh", "bash", "fish", "powershell"];

/// The language of a block that shows a terminal.
const TERMINAL: &str = "console";

/// Something to run.
#[derive(Debug)]
pub struct Shown {
    /// Page and line, for messages.
    pub at: String,
    pub shell: &'static str,
    pub script: String,
    /// What the page shows of the output.
    pub output: Vec<String>,
}

/// What a block shows, without what is run elsewhere.
pub fn shown(block: &Block) -> Vec<Shown> {
    let all = match &*block.language {
        TERMINAL => terminal(&block.text),
        language if SCRIPTS.contains(&language) => vec![(block.text.clone(), Vec::new())],
        _ => Vec::new(),
    };
    let here = all.into_iter().map(|(script, output)| (elsewhere::without(&script), output));
    here.filter(|(script, _)| !script.trim().is_empty())
        .map(|(script, output)| Shown {
            at: format!("{}:{}", block.page, block.line),
            shell: if block.language == "fish" { "fish" } else { "bash" },
            script,
            output,
        })
        .collect()
}

/// How complete commands in a sentence begin.
const IN_SENTENCES: [&str; 5] = [
    "kubectl get ",
    "kubectl wait ",
    "kubectl explain ",
    "kubectl connection renew ",
    "kubectl connection assertion ",
];

/// The commands in the pages' sentences, each once.
pub fn in_sentences() -> Vec<Shown> {
    let mut commands = BTreeMap::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("the page can be read");
        let spans = sentences(&text);
        let spans = spans.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "));
        for span in spans
            .filter(|span| IN_SENTENCES.iter().any(|in_sentence| span.starts_with(in_sentence)))
        {
            commands.entry(span).or_insert_with(|| page.display().to_string());
        }
    }
    commands
        .into_iter()
        .map(|(script, at)| Shown { at, shell: "bash", script: script + "\n", output: Vec::new() })
        .collect()
}

/// A page without its blocks.
fn sentences(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The commands of a terminal, each with the lines that follow it.
fn terminal(text: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((format!("{command}\n"), Vec::new())),
            (None, Some((_, output))) if !line.is_empty() => output.push(line.to_owned()),
            (None, Some(_)) => {}
            (None, None) => panic!("a terminal begins with a command: {line}"),
        }
    }
    commands
}

#[test]
fn blocks_are_found_with_their_commands() {
    let page = "1. Do\n\n   ```sh\n   kubectl get \\\n     pods\n   kind load x\n   ```\n```console\n$ a\nb\n\n$ c\n```\n```text\nd\n```\n";
    let text: Vec<_> = blocks_in("p.md", page)
        .iter()
        .flat_map(shown)
        .map(|blocks_in| (blocks_in.at, blocks_in.script, blocks_in.output.join("|")))
        .collect();
    let expected =
        [("p.md:3", "kubectl get \\\n  pods\n", ""), ("p.md:8", "a\n", "b"), ("p.md:8", "c\n", "")];
    let expected = expected.map(|(at, script, output)| (at.into(), script.into(), output.into()));
    assert_eq!(text, expected);
}

/// Else it would not be run.
#[test]
fn commands_run_in_a_terminal() {
    for block in blocks() {
        let Block { page, line, language, text } = &block;
        let is_terminal = text.lines().any(|line| line.starts_with("$ "));
        assert_eq!(is_terminal, language == TERMINAL, "{page}:{line}");
        assert!(!language.is_empty(), "{page}:{line}: a block without a language");
    }
}
