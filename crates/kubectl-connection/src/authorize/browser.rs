//! Opens a browser. That it cannot be opened is no failure: the address was printed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::terminal::Terminal;

/// What stands for the address in a command of BROWSER.
const ADDRESS: &str = "%s";

/// Opens an address in the person's browser: the one that BROWSER names, else the desktop's.
pub(super) fn show(address: &str, terminal: &mut Terminal<'_>) {
    let named = std::env::var("BROWSER").unwrap_or_default();
    let opened = if named.trim().is_empty() {
        open::that_detached(address).is_ok()
    } else {
        let commands = commands(&named, address, |program| Path::new(program).is_file());
        commands.iter().any(|words| start(words))
    };
    if !opened {
        terminal.stderr("No browser could be opened: open the address by hand.");
    }
}

fn start(words: &[String]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

/// The commands that BROWSER names, in the order in which they are tried: a list as PATH is one, each
/// with its arguments, in which `%s` stands for the address; without it, the address is the last.
fn commands(named: &str, address: &str, is_file: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let one = |command: &str| {
        // A program whose path has a blank in it.
        let mut words: Vec<String> = if is_file(command) {
            vec![command.to_owned()]
        } else {
            command.split_whitespace().map(str::to_owned).collect()
        };
        if words.is_empty() {
            return None;
        }
        let placed = words.iter().any(|word| word.contains(ADDRESS));
        for word in words.iter_mut().skip(1) {
            *word = word.replace(ADDRESS, address);
        }
        if !placed {
            words.push(address.to_owned());
        }
        Some(words)
    };
    std::env::split_paths(named).filter_map(|command| one(command.to_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_programs_with_their_arguments() {
        let table: [(&str, &[&[&str]]); 6] = [
            ("firefox", &[&["firefox", "https://a/b?c=d:e"]]),
            ("firefox -P x", &[&["firefox", "-P", "x", "https://a/b?c=d:e"]]),
            ("w3m --open=%s -T", &[&["w3m", "--open=https://a/b?c=d:e", "-T"]]),
            (
                "nobody:firefox %s",
                &[&["nobody", "https://a/b?c=d:e"], &["firefox", "https://a/b?c=d:e"]],
            ),
            ("/opt/my browser", &[&["/opt/my browser", "https://a/b?c=d:e"]]),
            (" ", &[]),
        ];
        for (named, expected) in table {
            let found = commands(named, "https://a/b?c=d:e", |one| one == "/opt/my browser");
            assert_eq!(found, expected, "{named}");
        }
    }
}
