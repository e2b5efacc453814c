//! A terminal: the programs that the pages use, a kubeconfig, a folder, and what a reader puts in place
//! of the pages' names.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rig::control_plane::ControlPlane;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::commands::Shown;
use crate::stage::SOON;

pub struct Shell {
    folder: tempfile::TempDir,
    /// A name in the pages, and its replacement here.
    pub names: Vec<(String, String)>,
    pub environment: Vec<(String, String)>,
    /// What is typed where a command asks.
    pub typed: String,
}

impl Shell {
    /// A shell with this kubeconfig.
    pub fn new(plane: &ControlPlane, kubeconfig: &Path, namespace: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let programs = folder.path().join("bin");
        for part in [&programs, &folder.path().join(".local/bin")] {
            std::fs::create_dir_all(part).expect("a folder");
        }
        let helm =
            std::env::var("CONNECTION_OPERATOR_HELM").expect("the environment of `make env`");
        for (name, program) in [
            ("kubectl", plane.kubectl_program()),
            ("kubectl-connection", crate::plugin_program::plugin_program()),
            ("helm", Path::new(&helm)),
        ] {
            symlink(program, programs.join(name)).expect("a link");
        }
        let text = std::fs::read_to_string(kubeconfig).expect("the kubeconfig can be read");
        let mut config: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        config["contexts"][0]["context"]["namespace"] = namespace.into();
        std::fs::write(folder.path().join("kubeconfig"), config.to_string())
            .expect("it is written");
        let home = ("HOME".to_owned(), folder.path().display().to_string());
        Self { folder, names: Vec::new(), environment: vec![home], typed: String::new() }
    }

    /// A file of the folder that commands run in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets the replacement of a name in the pages.
    pub fn name(&mut self, of_the_pages: &str, here: &str) {
        self.names.push((of_the_pages.to_owned(), here.to_owned()));
    }

    /// Puts a script among the programs.
    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path("bin").join(name);
        std::fs::write(&file, text).expect("it is written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        file
    }

    fn here(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (page, here)| text.replace(page, here))
    }

    /// Runs what a page shows. It must end with this code, and print what the page shows of it.
    pub async fn run(&self, shown: &Shown, code: i32) {
        let Shown { at, shell, script, output, .. } = shown;
        let (said_code, said) = self.say(shell, &self.here(script)).await;
        assert_eq!(said_code, Some(code), "{at}: {script}{said}");
        let mut lines = said.lines();
        for line in output {
            let line = self.here(line);
            let found = lines.any(|item| is_shown(item, &line));
            assert!(found, "{at}: {script}does not print, in this order, a line as {line}\n{said}");
        }
    }

    /// The exit code of a script, and its words on either output.
    async fn say(&self, shell: &str, script: &str) -> (Option<i32>, String) {
        let words = match shell {
            "fish" => vec!["--no-config".to_owned(), "-c".to_owned(), script.to_owned()],
            _ => vec!["-eo".into(), "pipefail".into(), "-c".into(), format!("exec 2>&1\n{script}")],
        };
        let path = std::env::var("PATH").expect("a path");
        let mut command = Command::new(shell);
        command.args(words).current_dir(self.folder.path()).envs(self.environment.clone());
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("KUBECONFIG", self.path("kubeconfig"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().expect("the shell starts");
        let mut input = child.stdin.take().expect("its input is a pipe");
        // One that asks nothing does not read.
        let _ = input.write_all(self.typed.as_bytes()).await;
        drop(input);
        let ended = tokio::time::timeout(SOON, child.wait_with_output()).await;
        let ended = ended.unwrap_or_else(|_| panic!("does not end: {script}")).expect("it runs");
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code(), String::from_utf8_lossy(&said).into_owned())
    }
}

/// What a line says, without its spacing, its numbers, and the units of times.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    let mut after_number = false;
    for one in line.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match one {
            '0'..='9' if after_number => {}
            '0'..='9' => shape.push('0'),
            's' | 'm' | 'h' | 'd' if after_number => shape.push('s'),
            other => shape.push(other),
        }
        after_number = one.is_ascii_digit();
    }
    shape
}

/// Whether a line of the output is the one that a page shows, where `…` matches anything.
fn is_shown(said: &str, shown: &str) -> bool {
    let (said, shown) = (shape(said), shape(shown));
    let mut rest = said.as_str();
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let begins = rest.starts_with(first);
    rest = rest.strip_prefix(first).unwrap_or_default();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    begins && (rest.is_empty() || shown.ends_with('…'))
}

#[test]
fn lines_match_regardless_of_their_values() {
    let alike = [
        ("crm    True    TokenIssued   52m", "crm True TokenIssued 3d"),
        ("  \"exp\": 1777885500,", "    \"exp\": 5,"),
        ("https://a/b?ticket=xyz\",", "https://a/b?ticket=…\","),
        ("in 12s x", "in 5m …"),
    ];
    for (said, shown) in alike {
        assert!(is_shown(said, shown), "{said} {shown}");
    }
    let others = [("✓ rights", "✗ rights"), ("a b", "a"), ("a", "a b"), ("ab c", "a… d")];
    for (said, shown) in others {
        assert!(!is_shown(said, shown), "{said} {shown}");
    }
}
