//! Arguments and environment, parsed once into values that are right.

use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};

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
    Run(Config),
}

/// How the operator runs.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Namespace to watch; all where it is left out
    #[arg(long, env = "WATCH_NAMESPACE", value_name = "NAME")]
    pub namespace: Option<String>,
    /// Address of /healthz, /readyz and /metrics
    #[arg(long, env = "HEALTH_ADDRESS", default_value = "0.0.0.0:8080", value_name = "IP:PORT")]
    pub health_address: SocketAddr,
    /// Form of the logs
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// Which logs are written, for example `info` or `connection_operator=debug,kube=info`
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    pub log_filter: String,
    /// Connections that are worked on at the same time
    #[arg(long, env = "CONCURRENCY", default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,
    /// Allows endpoints on this machine itself, also by http: for demos and tests
    #[arg(long, env = "ALLOW_LOOPBACK")]
    pub allow_loopback: bool,
}

/// Form of the logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}
