use super::*;

use clap::CommandFactory;

use crate::arguments::Arguments;
use crate::completion::line;

fn offered(words: &[&str]) -> String {
    let mut command = Arguments::command();
    command.build();
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let line = line::read(&command, &words);
    match of(&line) {
        Completion::Files => "files".to_owned(),
        Completion::Named(names) => format!("{names:?}"),
        Completion::Words(words) => {
            let fitting = words.iter().filter(|one| one.word.starts_with(&line.last));
            fitting.map(|one| format!("{}{}", one.before, one.word)).collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn what_is_offered_follows_from_the_place() {
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
        assert_eq!(offered(words), expected, "{words:?}");
    }
}

#[test]
fn the_cluster_that_the_line_names_is_asked() {
    let mut command = Arguments::command();
    command.build();
    let words = ["status", "-n", "team-a", "--context=prod", "--as", "ann", ""];
    let line = line::read(&command, &words.map(str::to_owned));
    let target = line.target;
    assert_eq!(target.namespace.as_deref(), Some("team-a"));
    assert_eq!(target.context.as_deref(), Some("prod"));
    assert_eq!(target.as_user.as_deref(), Some("ann"));
}
