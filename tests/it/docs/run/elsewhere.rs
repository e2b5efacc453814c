//! The commands that are not run here, and why.

use super::commands::shown;
use crate::docs::blocks::blocks;
use crate::docs::read;

/// Words of a command, and where it is run or what it lacks here.
const ELSEWHERE: [(&str, &str); 8] = [
    ("make dist", "run by `make trial`: it compiles with all optimizations, for minutes"),
    ("make demo", "a step of `make test`"),
    ("make test", "runs this"),
    ("eval \"$(make -s env)\"", "the tests have their environment from it"),
    ("cargo test ", "would wait for this test's own build directory"),
    ("kind load ", "needs a container runtime with a cluster in it"),
    ("kubectl connection completion powershell", "needs PowerShell"),
    ("https://api.example.com/", "run by consumers::curl, which has an API that wants the token"),
];

/// A script without its commands that are run elsewhere.
pub fn without(script: &str) -> String {
    let mut kept = String::new();
    let mut command = String::new();
    for line in script.lines() {
        command.push_str(line);
        command.push('\n');
        if !line.ends_with(['\\', '|']) {
            let command = std::mem::take(&mut command);
            if !ELSEWHERE.iter().any(|(words, _)| command.contains(words)) {
                kept.push_str(&command);
            }
        }
    }
    kept + &command
}

#[test]
fn a_command_includes_its_continuation_lines_only() {
    let script = "a |\n  b\nkind load \\\n  image\nc\n";
    assert_eq!(without(script), "a |\n  b\nc\n");
}

/// One that no page shows any more would only hide another.
#[test]
fn each_exception_appears_in_a_page() {
    let all: String = blocks().into_iter().map(|block| block.text).collect();
    for (words, _) in ELSEWHERE {
        assert!(all.contains(words), "{words}");
    }
    assert!(read("tests/setup/test.sh").contains("--example demo -- --once"));
    assert!(blocks().iter().flat_map(shown).count() > 40);
}
