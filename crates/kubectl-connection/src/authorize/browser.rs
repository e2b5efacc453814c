//! Opens a browser. A failure is only a note, because the URL was printed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::terminal::Terminal;

/// The placeholder of the URL in BROWSER.
const PLACEHOLDER: &str = "%s";

/// Opens a URL with the command in BROWSER, otherwise with the default browser of the desktop.
pub(super) fn open(url: &str, terminal: &mut Terminal<'_>) {
    let browser = std::env::var("BROWSER").unwrap_or_default();
    let opened = if browser.trim().is_empty() {
        open::that_detached(url).is_ok()
    } else {
        let commands = commands(&browser, url, |program| Path::new(program).is_file());
        commands.iter().any(|words| start(words))
    };
    if !opened {
        terminal.stderr("Cannot open a browser: open the URL manually.");
    }
}

fn start(words: &[String]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    // Browsers print diagnostics, which would corrupt the JSON on standard output.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Not awaited: a browser runs until the user closes it.
    command.spawn().is_ok()
}

/// Parses BROWSER: commands separated as in PATH, in the order of preference. `%s` in an argument is
/// replaced by the URL; without `%s`, the URL is the last argument.
fn commands(browser: &str, url: &str, is_file: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let parse = |command: &str| {
        // The path of a program may contain spaces.
        let mut words: Vec<String> = if is_file(command) {
            vec![command.to_owned()]
        } else {
            command.split_whitespace().map(str::to_owned).collect()
        };
        // Two adjacent separators enclose an empty command.
        if words.is_empty() {
            return None;
        }
        let has_placeholder = words.iter().any(|word| word.contains(PLACEHOLDER));
        // The URL must never become the program that runs.
        for word in words.iter_mut().skip(1) {
            *word = word.replace(PLACEHOLDER, url);
        }
        if !has_placeholder {
            words.push(url.to_owned());
        }
        Some(words)
    };
    std::env::split_paths(browser).filter_map(|command| parse(command.to_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_lists_commands_with_arguments() {
        let table: [(&str, &[&[&str]]); 6] = [
            ("firefox", &[&["firefox", "https://a/b?c=d:e"]]),
            ("firefox -P x", &[&["firefox", "-P", "x", "https://a/b?c=d:e"]]),
            ("w3m --open=%s -T", &[&["w3m", "--open=https://a/b?c=d:e", "-T"]]),
            (
                "missing:firefox %s",
                &[&["missing", "https://a/b?c=d:e"], &["firefox", "https://a/b?c=d:e"]],
            ),
            ("/opt/my browser", &[&["/opt/my browser", "https://a/b?c=d:e"]]),
            (" ", &[]),
        ];
        for (browser, expected) in table {
            let is_file = |path: &str| path == "/opt/my browser";
            assert_eq!(commands(browser, "https://a/b?c=d:e", is_file), expected, "{browser}");
        }
    }
}
