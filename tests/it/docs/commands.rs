//! Commands in the documentation mean what they say on every cluster.

use std::fs;
use std::process::Command;

use super::links::pages;
use super::{path, read};

/// What is asked of a resource by name.
const VERBS: [&str; 8] =
    ["get", "describe", "wait", "annotate", "explain", "delete", "patch", "edit"];

/// The names of the resource in a text that another resource could have as well.
fn ambiguous(text: &str) -> Vec<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| VERBS.contains(&pair[0].trim_matches('`')));
    let names = pairs.map(|pair| pair[1].trim_matches(['`', ',', ';', '.']));
    let is_short = |name: &&str| {
        let kind = name.split(['/', '.']).next().unwrap_or_default();
        ["connection", "connections", "conn"].contains(&kind)
            && !name.starts_with("connections.connection-operator.io")
    };
    names.filter(is_short).map(str::to_owned).collect()
}

#[test]
fn a_short_name_is_found() {
    let text = "`kubectl get connections`, kubectl -n a wait connection/crm; kubectl explain connection.spec\n\
        kubectl get connections.connection-operator.io crm; kubectl connection get crm";
    assert_eq!(ambiguous(text), ["connections", "connection/crm", "connection.spec"]);
}

/// Other projects have resources of that name too.
#[test]
fn commands_name_the_resource_with_its_group() {
    let notes = path("charts/connection-operator/templates/NOTES.txt");
    for page in pages().into_iter().chain([notes]) {
        let text = fs::read_to_string(&page).expect("the page can be read");
        // Only lines with commands: elsewhere the words are English.
        let commands = text.lines().filter(|line| line.contains("kubectl"));
        for line in commands {
            assert_eq!(ambiguous(line), [""; 0], "{}: {line}", page.display());
        }
    }
}

/// The lines of a page's code that begin with a program, as words, without prompt, comment and what
/// the shell does with the output.
fn lines_of(text: &str, program: &str) -> Vec<Vec<String>> {
    let code = text.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let lines = code.flat_map(|(_, block)| block.lines());
    let commands =
        lines.filter_map(|line| line.trim().trim_start_matches("$ ").strip_prefix(program));
    let words = |line: &str| {
        let words = line.split_whitespace().map(|word| word.trim_matches('"').to_owned());
        words.take_while(|word| !word.starts_with(['#', '>', '|', '<', '2', '&'])).collect()
    };
    commands.map(words).collect()
}

#[test]
fn shell_syntax_is_not_part_of_a_command() {
    let text = "see\n```sh\n$ kubectl connection status crm >/dev/null  # quiet\nls\n```\n";
    assert_eq!(lines_of(text, "kubectl connection "), [["status", "crm"]]);
}

/// Each is asked for its help, which only one that is understood up to there gives.
#[test]
fn the_plugin_parses_every_command_of_the_documentation() {
    let mut understood = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for words in lines_of(&text, "kubectl connection ") {
            let mut plugin = Command::new(crate::plugin_program::plugin_program());
            let said = plugin.args(&words).arg("--help").output().expect("the plugin runs");
            let complaint = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success(), "{}: {words:?}: {complaint}", page.display());
            understood += 1;
        }
    }
    assert!(understood > 10, "only {understood} commands were found");
}

#[test]
fn every_target_of_make_that_the_documentation_names_exists() {
    let makefile = read("Makefile");
    let known: Vec<_> = makefile.lines().filter_map(|line| line.split_once(": ##")).collect();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for words in lines_of(&text, "make ") {
            let target = words.iter().find(|word| !word.contains('='));
            let is_known = |text: &String| known.iter().any(|(name, _)| name == text);
            assert!(target.is_none_or(is_known), "{}: make {words:?}", page.display());
        }
    }
}
