use super::*;

use clap::CommandFactory;

use crate::arguments::PluginArguments;
use crate::completion::line;

fn completion(words: &[&str]) -> String {
    let mut command = PluginArguments::command();
    command.build();
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let line = line::parse(&command, &words);
    match candidates(&line) {
        Completion::Files => "files".to_owned(),
        Completion::Names(names) => format!("{names:?}"),
        Completion::Words(words) => {
            let matching = words.iter().filter(|candidate| candidate.word.starts_with(&line.last));
            let text =
                |candidate: &CompletionCandidate| format!("{}{}", candidate.prefix, candidate.word);
            matching.map(text).collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn candidates_follow_from_the_arguments() {
    let table: [(&[&str], &str); 21] = [
        (&["st"], "status"),
        (&["-n", "team-a", "ke"], "keystores"),
        (&["status", ""], "Connections"),
        (&["status", "crm", ""], ""),
        (&["get", "crm", ""], "Connections"),
        (&["renew", "--wait", "c"], "Connections"),
        (&["keystores", ""], "Secrets"),
        (&["status", "-n", ""], "Namespaces"),
        (&["status", "--namespace=te"], "Namespaces"),
        (&["status", "--context", ""], "Contexts"),
        (&["status", "--cluster", ""], "Clusters"),
        (&["status", "--cluster=pr"], "Clusters"),
        (&["status", "--user", ""], "Users"),
        (&["status", "crm", "-o", ""], "text json"),
        (&["status", "crm", "--output=j"], "--output=json"),
        (&["lint", "-f", ""], "files"),
        (&["status", "--kubec"], "--kubeconfig"),
        (&["--kubeconfig", ""], "files"),
        (&["renew", "--timeout", ""], ""),
        (&["completion", "z"], "zsh"),
        (&["completion", "zsh", ""], ""),
    ];
    for (words, expected) in table {
        assert_eq!(completion(words), expected, "{words:?}");
    }
}

#[test]
fn names_are_read_from_the_cluster_of_the_line() {
    let mut command = PluginArguments::command();
    command.build();
    let words = ["status", "-n", "team-a", "--context=prod", "--as", "ann", ""];
    let line = line::parse(&command, &words.map(str::to_owned));
    let target = line.target;
    assert_eq!(target.namespace.as_deref(), Some("team-a"));
    assert_eq!(target.context.as_deref(), Some("prod"));
    assert_eq!(target.as_user.as_deref(), Some("ann"));
}
