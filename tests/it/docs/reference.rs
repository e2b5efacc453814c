//! The reference pages: flags, metrics, annotations and labels.

use std::time::Duration;

use clap::{Command, CommandFactory};
use connection_client::api::connection::Connection;
use connection_client::api::names;
use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;
use connection_operator::config::OperatorArguments;
use connection_operator::controller::collector::ConnectionCollector;
use connection_operator::metrics::{Exposition, Metrics, ReconcileResult};
use kube::runtime::reflector;
use kube::runtime::watcher::Event;
use kubectl_connection::arguments as cli;
use serde_json::json;

use super::{assert_generated, read};

#[test]
fn the_flags_are_those_of_the_help() {
    let mut command = OperatorArguments::command().term_width(100).mut_subcommands(|command| {
        // The value of a variable is the reader's own.
        command.mut_args(|arg| arg.hide_env_values(true))
    });
    command.build();
    let sections = ["run", "crd"].map(|name| {
        let help = command.find_subcommand_mut(name).expect("the subcommand is there");
        let help = help.render_long_help().to_string();
        let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
        format!("## {name}\n\n```text\n{}\n```\n", lines.join("\n"))
    });
    assert_generated("docs/reference/flags.md", &sections.join("\n"));
}

#[test]
fn the_verbs_of_the_plugin_are_those_of_the_help() {
    let mut command = cli::PluginArguments::command().term_width(100);
    command.build();
    let mut sections = vec![section("kubectl connection", &mut command)];
    let verbs: Vec<_> = command
        .get_subcommands()
        .map(|get_subcommand| get_subcommand.get_name().to_owned())
        .collect();
    for name in verbs {
        let verb = command.find_subcommand_mut(&name).expect("the verb is there");
        // The options of the cluster are the same for each verb: they are listed once, at the top.
        let mut verb = verb.clone().mut_args(|arg| {
            let shared = arg.get_help_heading() == Some("Cluster");
            arg.hide(shared)
        });
        sections.push(section(&name, &mut verb));
    }
    assert_generated("docs/reference/kubectl-connection.md", &sections.join("\n"));
}

/// The help of a command, under its name.
fn section(name: &str, command: &mut Command) -> String {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    format!("## {name}\n\n```text\n{}\n```\n", lines.join("\n"))
}

/// A Connection that has everything that is measured.
fn measured() -> Connection {
    let conditions = ["Ready", "Authorized"].map(|kind| {
        json!({
            "type": kind, "status": "True", "reason": "TokenIssued", "message": "",
            "lastTransitionTime": "2026-05-04T09:00:00Z",
        })
    });
    serde_json::from_value(json!({
        "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
        "metadata": { "name": "crm", "namespace": "integrations" },
        "spec": { "flow": "JWT" },
        "status": {
            "conditions": conditions,
            "authorization": { "grantExpiresAt": "2026-08-04T09:00:00Z" },
            "connectionGroup": {
                "issuedAt": "2026-05-04T09:00:00Z",
                "expiresAt": "2026-05-04T10:00:00Z", "nextRefreshAt": "2026-05-04T09:39:00Z",
                "certificateNotAfter": "2027-05-04T09:00:00Z",
            },
        },
    }))
    .expect("a Connection")
}

/// Name, type, labels and help of each metric, as the text that is served has them.
fn rows(text: &str) -> String {
    let mut rows = Vec::new();
    for line in text.lines() {
        let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let kind = text
            .lines()
            .find_map(|line| line.strip_prefix("# TYPE ")?.strip_prefix(name)?.strip_prefix(' '))
            .expect("each metric has a type");
        let sample = text
            .lines()
            .filter(|line| line.starts_with(name))
            .find_map(|line| line.split_once('{').map(|(_, rest)| rest))
            .unwrap_or_default();
        let labels: Vec<_> = sample
            .split("\",")
            .filter_map(|sample| sample.split_once("=\"").map(|(label, _)| label))
            .filter(|label| *label != "le")
            .map(|label| format!("`{label}`"))
            .collect();
        let labels = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
        let help = help.trim_end_matches('.');
        rows.push(format!("| `{name}` | {kind} | {labels} | {help} |\n"));
    }
    rows.concat()
}

#[test]
fn the_metrics_are_those_that_are_served() {
    let (reader, mut writer) = reflector::store();
    writer.apply_watcher_event(&Event::Apply(measured()));
    let metrics = Metrics::new(ConnectionCollector(reader));
    metrics.token_request(Flow::Jwt, Reason::TokenIssued, Duration::from_millis(1));
    metrics.consent_page_response("Authorized");
    metrics.reconcile_started("integrations", "crm");
    metrics.reconcile_finished(("integrations", "crm"), ReconcileResult::Success, None);
    let text = metrics.text(Exposition::Prometheus).expect("the metrics are written");
    let expected =
        format!("| Name | Type | Labels | Meaning |\n|---|---|---|---|\n{}", rows(&text));
    assert_generated("docs/reference/metrics.md", &expected);
}

#[test]
fn each_annotation_and_label_is_described() {
    let page = read("docs/reference/annotations.md");
    let source = read("crates/connection-client/src/api/names.rs");
    let texts: Vec<_> = source
        .split(": &str =")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1))
        .filter(|text| text.contains('/'))
        .collect();
    assert!(texts.contains(&names::RENEW_REQUESTED_AT_ANNOTATION) && texts.len() > 8, "{texts:?}");
    for name in texts {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/reference/annotations.md lacks `{name}`"
        );
    }
}
