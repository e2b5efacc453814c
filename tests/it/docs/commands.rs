//! Commands in the documentation mean what they say on every cluster.

use std::fs;

use super::links::pages;
use super::path;

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
