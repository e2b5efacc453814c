//! What the plugin understands on its command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

use crate::exit::HELP;

/// The plugin's arguments.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-connection",
    bin_name = "kubectl connection",
    version,
    about = "Look at and work with OAuth 2.0 Connections",
    after_help = HELP,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// Which cluster, as whom.
    #[command(flatten)]
    pub target: Target,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Which cluster, as whom: the words of kubectl.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct Target {
    /// The kubeconfig file; else KUBECONFIG, else ~/.kube/config, else the pod's service account
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The cluster of the kubeconfig; else the context's
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The user of the kubeconfig; else the context's
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// The namespace; else the context's
    #[arg(long, short, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The user to act as
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// A group to act as; may be repeated
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub as_group: Vec<String>,
    /// How long the API server may take to answer one request, for example `5s`; else 30s
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub request_timeout: Option<Duration>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the JWT that a token request would send, its header and its claims
    Assertion(AssertionArguments),
    /// Give consent, so that a Connection of flow AuthorizationCode gets its grant
    Authorize(AuthorizeArguments),
    /// Check what the plugin and the operator need
    Check(CheckArguments),
    /// Print a script that completes the plugin's words and names
    Completion(CompletionArguments),
    /// List Connections, with what is left of their tokens
    Get(GetArguments),
    /// Show which Secrets hold a keystore, and what is in them
    Keystores(KeystoresArguments),
    /// Judge manifests of Connections, offline
    Lint(LintArguments),
    /// Ask for new tokens
    Renew(RenewArguments),
    /// Show a Connection with its Secrets, its events and its next step
    Status(StatusArguments),
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Output {
    /// The form of the answer
    #[arg(long = "output", short = 'o', value_enum, default_value_t, value_name = "FORM")]
    pub form: OutputFormat,
}

/// `assertion`.
#[derive(Debug, Args)]
pub struct AssertionArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Print the signed JWT itself, for example for a request by hand: who has it can get a token
    #[arg(long, conflicts_with = "form")]
    pub raw: bool,
    /// With --raw, where a request sends two: the client's, not the grant's
    #[arg(long, requires = "raw")]
    pub client: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `authorize`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct AuthorizeArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Receive the provider's answer on this machine, at 127.0.0.1 port 8000 or 18000, where the
    /// operator's page cannot be reached; that redirect URI must be registered at the provider
    #[arg(long, conflicts_with = "paste")]
    pub loopback: bool,
    /// As --loopback, for a machine without a browser: nothing listens, and the address that the
    /// browser ends at, elsewhere, is pasted here
    #[arg(long)]
    pub paste: bool,
    /// Print the address and open no browser
    #[arg(long)]
    pub no_browser: bool,
    /// Return at once, and leave the rest to the page
    #[arg(long, conflicts_with_all = ["loopback", "paste"])]
    pub no_wait: bool,
    /// How long to wait, for example `90s` or `5m`; a ticket is good for ten minutes
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = duration)]
    pub timeout: Duration,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Name of a Connection whose endpoint is to be reached as well
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `completion`.
#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// What the script is for
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Who completes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Shell {
    /// kubectl-connection in bash
    Bash,
    /// kubectl-connection in fish
    Fish,
    /// `kubectl connection`, wherever kubectl completes: save it as kubectl_complete-connection
    Kubectl,
    /// kubectl-connection in PowerShell
    #[value(name = "powershell")]
    PowerShell,
    /// kubectl-connection in zsh
    Zsh,
}

/// `get`.
#[derive(Debug, Args)]
pub struct GetArguments {
    /// Names of Connections; all where there is none
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// In all namespaces
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// By labels, for example `team=sales,tier!=test`
    #[arg(long, short = 'l', value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `keystores`.
#[derive(Debug, Args)]
pub struct KeystoresArguments {
    /// Name of a Secret; all of the namespace where there is none
    #[arg(value_name = "SECRET")]
    pub name: Option<String>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `lint`.
#[derive(Debug, Args)]
pub struct LintArguments {
    /// A file of manifests, a folder with .yaml, .yml and .json files, or - for the standard input; may
    /// be repeated
    #[arg(long = "filename", short = 'f', required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Also the folders in a folder
    #[arg(long, short = 'R')]
    pub recursive: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// `renew`.
#[derive(Debug, Args)]
pub struct RenewArguments {
    /// Names of Connections
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// All Connections of the namespace
    #[arg(long)]
    pub all: bool,
    /// In all namespaces, with -l or --all
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// By labels, for example `team=sales,tier!=test`
    #[arg(long, short = 'l', value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Wait for the new tokens; end with 1 where one does not come
    #[arg(long)]
    pub wait: bool,
    /// How long to wait, for example `90s` or `5m`
    #[arg(long, default_value = "2m", value_name = "DURATION", value_parser = duration)]
    pub timeout: Duration,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

/// A duration as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let read: Option<Duration> =
        text.parse::<SignedDuration>().ok().and_then(|one| one.try_into().ok());
    read.ok_or_else(|| "is no duration: write it as 90s or 5m".to_owned())
}

/// `status`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct StatusArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How the answer is written.
    #[command(flatten)]
    pub output: Output,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent_and_speak_of_kubectl() {
        let mut command = Arguments::command();
        command.clone().debug_assert();
        assert!(command.render_usage().to_string().contains("kubectl connection"));
    }
}
