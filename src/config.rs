//! Command-line arguments and environment variables, parsed into typed values.

use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use url::Url;

#[derive(Debug, Parser)]
#[command(name = "connection-operator", version, about = "OAuth 2.0 connections for Kubernetes")]
pub struct OperatorArguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the CustomResourceDefinition
    Crd,
    /// Run the operator
    Run(Box<Config>),
}

#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Namespace to watch. Default: all namespaces
    #[arg(long, env = "WATCH_NAMESPACE", value_name = "NAME")]
    pub namespace: Option<String>,
    #[command(flatten)]
    pub enrollment: EnrollmentConfig,
    /// Bind address of /healthz, /readyz and /metrics
    #[arg(
        long,
        env = "HEALTH_PROBE_BIND_ADDRESS",
        default_value = "0.0.0.0:8080",
        value_name = "IP:PORT"
    )]
    pub health_probe_bind_address: SocketAddr,
    /// Public URL of the consent page and base of the redirect URIs, for example
    /// `https://connect.example.com`. Default: no consent page; users consent through the plugin's
    /// local listener
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// Bind address of the consent page, which requires --public-url
    #[arg(
        long,
        env = "CONSENT_BIND_ADDRESS",
        default_value = "0.0.0.0:8081",
        value_name = "IP:PORT"
    )]
    pub consent_bind_address: SocketAddr,
    /// Namespace of the operator, which contains its Lease and session key. Default for the Lease: the
    /// namespace of the service account
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAME")]
    pub operator_namespace: Option<String>,
    #[command(flatten)]
    pub election: ElectionConfig,
    /// Secret in the operator's namespace with the key that encrypts the consent page's cookies,
    /// created if it does not exist. Without --operator-namespace, the key is kept in memory
    #[arg(
        long,
        env = "SESSION_KEY_SECRET",
        default_value = "connection-operator-session-key",
        value_name = "NAME"
    )]
    pub session_key_secret: String,
    /// Log format
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// Log filter, for example `info` or `connection=debug,kube=info`
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    pub log_filter: String,
    /// Maximum number of Connections that are reconciled at the same time
    #[arg(long, env = "MAX_CONCURRENT_RECONCILES", default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_concurrent_reconciles: u16,
    /// Hosts to which the operator may send requests, for example `*.example.com`. Default: all public
    /// hosts. Through a proxy, only listed hosts are reachable
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOST")]
    pub allowed_hosts: Vec<String>,
    /// Private networks to which the operator may connect, for example `10.20.0.0/16`
    #[arg(long, env = "ALLOWED_NETWORKS", value_delimiter = ',', value_name = "CIDR")]
    pub allowed_networks: Vec<IpNet>,
    /// Require the annotation `connection-operator.io/allowed-hosts`, which restricts the hosts, on
    /// every Secret that a request uses
    #[arg(long, env = "REQUIRE_ALLOWED_HOSTS")]
    pub require_allowed_hosts: bool,
    /// Use the proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) for Connections that
    /// set no proxy
    #[arg(long, env = "USE_ENVIRONMENT_PROXY")]
    pub use_environment_proxy: bool,
    /// Allow endpoints on loopback addresses, also with http. Only for demos and tests
    #[arg(long, env = "ALLOW_LOOPBACK")]
    pub allow_loopback: bool,
}

#[derive(Clone, Debug, clap::Args)]
pub struct EnrollmentConfig {
    /// Use Secrets only in namespaces that a `RoleBinding` enrolls. Connections are watched in all
    /// namespaces
    #[arg(long, env = "ENROLLED_NAMESPACES_ONLY", conflicts_with = "namespace")]
    pub enrolled_namespaces_only: bool,
    /// `ClusterRole` that enrolls a namespace, shown in the message of `NamespaceNotEnrolled`
    #[arg(
        long,
        env = "SECRETS_ROLE",
        default_value = "connection-operator-secrets",
        value_name = "NAME"
    )]
    pub secrets_role: String,
    /// Service account of the operator, shown in the message of `NamespaceNotEnrolled`
    #[arg(
        long,
        env = "SERVICE_ACCOUNT",
        default_value = "connection-operator",
        value_name = "NAME"
    )]
    pub service_account: String,
}

#[derive(Clone, Debug, clap::Args)]
pub struct ElectionConfig {
    /// Enable leader election: only the replica that holds the Lease reconciles
    #[arg(long, env = "LEADER_ELECTION")]
    pub leader_election: bool,
    /// Name of the Lease for leader election
    #[arg(long, env = "LEASE_NAME", default_value = "connection-operator", value_name = "NAME")]
    pub lease_name: String,
    /// Prefix of this replica's identity in the Lease. Default: the hostname
    #[arg(long, env = "POD_NAME", value_name = "NAME")]
    pub pod_name: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line
    Json,
    /// Plain text
    Text,
}
