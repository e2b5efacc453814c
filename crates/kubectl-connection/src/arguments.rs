//! The command line of the plugin.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

use crate::exit::HELP;

/// The command line of the plugin.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-connection",
    bin_name = "kubectl connection",
    version,
    about = "Manage OAuth 2.0 Connections",
    after_help = HELP,
    disable_help_subcommand = true
)]
pub struct PluginArguments {
    #[command(flatten)]
    pub target: Target,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The cluster and the identity, with the names of kubectl's global flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct Target {
    /// Path to the kubeconfig. Default: $KUBECONFIG, then ~/.kube/config, then the pod's service
    /// account
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig context to use. Default: the current context
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig cluster to use. Default: the cluster of the context
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The kubeconfig user to use. Default: the user of the context
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// The namespace to use. Default: the namespace of the context
    #[arg(long, short, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Username to impersonate
    // A field cannot have the name `as`, a keyword.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Group to impersonate; can be repeated
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub as_group: Vec<String>,
    /// The time to wait for a response of the API server, for example `5s`. Default: 30s
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub request_timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the JWT that a token request would send
    Assertion(AssertionArguments),
    /// Give consent for a Connection of flow AuthorizationCode
    Authorize(AuthorizeArguments),
    /// Check the prerequisites of the plugin and the operator
    Check(CheckArguments),
    /// Generate shell completion scripts
    Completion(CompletionArguments),
    /// List Connections, and the remaining lifetime of their tokens
    Get(GetArguments),
    /// List the Secrets that hold a keystore, and their contents
    Keystores(KeystoresArguments),
    /// Validate manifests
    Lint(LintArguments),
    /// Request new tokens
    Renew(RenewArguments),
    /// Show the state of a Connection, its Secrets and events, and the next step
    Status(StatusArguments),
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum OutputFormat {
    /// Human-readable text
    #[default]
    Text,
    /// JSON with stable field names
    Json,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub struct OutputArguments {
    /// Output format
    #[arg(long = "output", short = 'o', value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

#[derive(Debug, Args)]
pub struct AssertionArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Print the signed JWT for a manual request. Anyone who has it can obtain a token
    // clap ignores defaults here: only an explicit --output conflicts.
    #[arg(long, conflicts_with = "format")]
    pub raw: bool,
    /// With --raw: print the assertion of the client instead of the assertion of the grant, if the
    /// request sends both
    #[arg(long, requires = "raw")]
    pub client: bool,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct AuthorizeArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Receive the authorization response on this machine, at 127.0.0.1 port 8000 or 18000, if the
    /// consent page cannot be reached. The redirect URI must be registered at the provider
    #[arg(long, conflicts_with = "paste")]
    pub loopback: bool,
    /// Like --loopback, for a machine without a browser: reads the URL at which the browser ended
    #[arg(long)]
    pub paste: bool,
    /// Print the URL and do not open a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Print the URL of the consent page and exit
    #[arg(long, conflicts_with_all = ["loopback", "paste"])]
    pub no_wait: bool,
    /// The time to wait, for example `90s` or `5m`. A ticket is valid for 10 minutes
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = duration)]
    pub timeout: Duration,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Name of a Connection whose endpoint is checked too
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// The shell of the script
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Shell {
    /// kubectl-connection in bash
    Bash,
    /// kubectl-connection in fish
    Fish,
    /// `kubectl connection` in every shell with kubectl completion: save it as
    /// kubectl_complete-connection
    Kubectl,
    /// kubectl-connection in PowerShell
    // clap would derive `power-shell`.
    #[value(name = "powershell")]
    PowerShell,
    /// kubectl-connection in zsh
    Zsh,
}

#[derive(Debug, Args)]
pub struct GetArguments {
    /// Names of Connections. Default: all
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// List the Connections of all namespaces
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// Label selector, for example `team=sales,tier!=test`
    #[arg(long, short = 'l', value_name = "SELECTOR")]
    pub selector: Option<String>,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct KeystoresArguments {
    /// Name of a Secret. Default: all Secrets of the namespace
    #[arg(value_name = "SECRET")]
    pub name: Option<String>,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct LintArguments {
    /// A manifest file, a folder with .yaml, .yml and .json files, or - for standard input; can be
    /// repeated
    #[arg(long = "filename", short = 'f', required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Process the subfolders of a folder too
    #[arg(long, short = 'R')]
    pub recursive: bool,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct RenewArguments {
    /// Names of Connections
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Renew all Connections of the namespace
    #[arg(long)]
    pub all: bool,
    /// With -l or --all: renew the Connections of all namespaces
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// Label selector, for example `team=sales,tier!=test`
    #[arg(long, short = 'l', value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Wait for the new tokens. The exit code is 1 if a renewal fails
    #[arg(long)]
    pub wait: bool,
    /// The time to wait, for example `90s` or `5m`
    #[arg(long, default_value = "2m", value_name = "DURATION", value_parser = duration)]
    pub timeout: Duration,
    #[command(flatten)]
    pub output: OutputArguments,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    // A negative duration parses too, but does not convert to an unsigned one.
    let duration = duration.and_then(|duration| duration.try_into().ok());
    duration.ok_or_else(|| "invalid duration: use a format such as 90s or 5m".to_owned())
}

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct StatusArguments {
    /// Name of the Connection
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent_and_name_kubectl_in_the_usage() {
        let mut command = PluginArguments::command();
        command.clone().debug_assert();
        assert!(command.render_usage().to_string().contains("kubectl connection"));
    }
}
