//! Arguments and environment, parsed once into values that are right.

use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use url::Url;

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(name = "connection-operator", version, about = "OAuth 2.0 connections for Kubernetes")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the CustomResourceDefinition
    Crd,
    /// Run the operator
    Run(Box<Config>),
}

/// How the operator runs.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Namespace to watch; all where it is left out
    #[arg(long, env = "WATCH_NAMESPACE", value_name = "NAME")]
    pub namespace: Option<String>,
    /// Where Secrets may be used.
    #[command(flatten)]
    pub enrolment: EnrollmentConfig,
    /// Address of /healthz, /readyz and /metrics
    #[arg(
        long,
        env = "HEALTH_PROBE_BIND_ADDRESS",
        default_value = "0.0.0.0:8080",
        value_name = "IP:PORT"
    )]
    pub health_probe_bind_address: SocketAddr,
    /// URL under which browsers reach the consent page, for example `https://connect.example.com`;
    /// the redirect URIs are below it. Where it is left out there is no page, and people give consent
    /// through the plugin's own listener
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// Address of the consent page; it is served where --public-url is given
    #[arg(
        long,
        env = "CONSENT_BIND_ADDRESS",
        default_value = "0.0.0.0:8081",
        value_name = "IP:PORT"
    )]
    pub consent_bind_address: SocketAddr,
    /// Namespace of the operator itself; for the Lease by default that of the service account
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAME")]
    pub operator_namespace: Option<String>,
    /// Who works, where several replicas run.
    #[command(flatten)]
    pub election: ElectionConfig,
    /// Secret in the operator's namespace that holds the key which seals the consent page's cookies;
    /// made where it is not there. Without --operator-namespace the key lives as long as the process
    #[arg(
        long,
        env = "SESSION_KEY_SECRET",
        default_value = "connection-operator-session-key",
        value_name = "NAME"
    )]
    pub session_key_secret: String,
    /// Form of the logs
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// Which logs are written, for example `info` or `connection=debug,kube=info`
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    pub log_filter: String,
    /// Connections that are worked on at the same time
    #[arg(long, env = "MAX_CONCURRENT_RECONCILES", default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_concurrent_reconciles: u16,
    /// Hosts that tokens may be requested from, for example `*.example.com`; every public one where
    /// the list is empty. Through a proxy only listed hosts are reached
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOST")]
    pub allowed_hosts: Vec<String>,
    /// Networks that may be connected to although they are not public, for example `10.20.0.0/16`
    #[arg(long, env = "ALLOWED_NETWORKS", value_delimiter = ',', value_name = "CIDR")]
    pub allowed_networks: Vec<IpNet>,
    /// Demands that every Secret that a request uses names the hosts that it may be sent to, in its
    /// annotation `connection-operator.io/allowed-hosts`
    #[arg(long, env = "REQUIRE_ALLOWED_HOSTS")]
    pub require_allowed_hosts: bool,
    /// Uses the proxies of the environment (`HTTPS_PROXY` and its kin) where a Connection names none
    #[arg(long, env = "USE_ENVIRONMENT_PROXY")]
    pub use_environment_proxy: bool,
    /// Allows endpoints on this machine itself, also by http: for demos and tests
    #[arg(long, env = "ALLOW_LOOPBACK")]
    pub allow_loopback: bool,
}

/// Where Secrets may be used.
#[derive(Clone, Debug, clap::Args)]
pub struct EnrollmentConfig {
    /// Uses Secrets only in namespaces that a `RoleBinding` enrols; Connections are watched in all
    #[arg(long, env = "ENROLLED_NAMESPACES_ONLY", conflicts_with = "namespace")]
    pub enrolled_namespaces_only: bool,
    /// `ClusterRole` that a namespace is enrolled with, for the message of `NamespaceNotEnrolled`
    #[arg(
        long,
        env = "SECRETS_ROLE",
        default_value = "connection-operator-secrets",
        value_name = "NAME"
    )]
    pub secrets_role: String,
    /// Service account of the operator, for the message of `NamespaceNotEnrolled`
    #[arg(
        long,
        env = "SERVICE_ACCOUNT",
        default_value = "connection-operator",
        value_name = "NAME"
    )]
    pub service_account: String,
}

/// Who works, where several replicas run.
#[derive(Clone, Debug, clap::Args)]
pub struct ElectionConfig {
    /// Lets several replicas run: the one that holds the Lease works, another takes over from it
    #[arg(long, env = "LEADER_ELECTION")]
    pub leader_election: bool,
    /// Lease of the leader election, in the operator's namespace
    #[arg(long, env = "LEASE_NAME", default_value = "connection-operator", value_name = "NAME")]
    pub lease_name: String,
    /// Name of this replica in the Lease, which a random end is added to; by default the host's
    #[arg(long, env = "POD_NAME", value_name = "NAME")]
    pub pod_name: Option<String>,
}

/// Form of the logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}
