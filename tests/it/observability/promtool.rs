//! Prometheus' own checker.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs promtool with this input; fails with what it says.
pub fn promtool(args: &[&str], input: &str) {
    let (accepted, said) = try_promtool(args, input);
    assert!(accepted, "promtool {args:?}:\n{said}");
}

/// Runs promtool with this input. Returns whether it accepts it, and what it says.
pub fn try_promtool(args: &[&str], input: &str) -> (bool, String) {
    let mut promtool = Command::new("promtool")
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts: install prometheus");
    // One that refuses its arguments does not read.
    let _ = promtool.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
