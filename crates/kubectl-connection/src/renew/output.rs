//! The output of `renew`.

use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

use crate::arguments::{OutputFormat, RenewArguments};
use crate::exit::Exit;
use crate::humanize::duration;
use crate::json;
use crate::renew::outcome::RenewalOutcome;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_core::clock;

/// The result of a renewal. The names are those of `-o json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RenewalResult {
    namespace: String,
    name: String,
    outcome: &'static str,
    expires_at: Option<Timestamp>,
    message: String,
}

/// Prints each result as it is known, or all results as JSON at the end.
pub(super) struct RenewalReport {
    format: OutputFormat,
    with_namespace: bool,
    results: Vec<RenewalResult>,
    failed: bool,
}

impl RenewalReport {
    pub(super) fn new(arguments: &RenewArguments) -> Self {
        // Names are unique only in a namespace.
        let with_namespace = arguments.all_namespaces;
        let format = arguments.output.format;
        Self { format, with_namespace, results: Vec::new(), failed: false }
    }

    /// Adds a result; prints it in text format.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        outcome: RenewalOutcome,
        terminal: &mut Terminal<'_>,
    ) {
        let (namespace, name) = (connection.namespace().unwrap_or_default(), connection.name_any());
        let succeeded = matches!(outcome, RenewalOutcome::Renewed(_) | RenewalOutcome::Requested);
        let (outcome, expires_at, message) = describe(outcome);
        self.failed |= !succeeded;
        // JSON must be one document, so it waits for all results.
        if self.format == OutputFormat::Text {
            let name =
                if self.with_namespace { format!("{namespace}/{name}") } else { name.clone() };
            let line = format!("{name}: {message}");
            if succeeded { terminal.stdout(&line) } else { terminal.stderr(&line) }
        }
        self.results.push(RenewalResult { namespace, name, outcome, expires_at, message });
    }

    /// Prints the JSON and returns the exit code.
    pub(super) fn finish(self, terminal: &mut Terminal<'_>) -> Exit {
        if self.format == OutputFormat::Json {
            terminal.stdout(&json::pretty(&self.results));
        }
        if self.failed { Exit::Error } else { Exit::Ready }
    }
}

/// Returns the outcome for JSON, the expiry of the new token, and the message.
fn describe(outcome: RenewalOutcome) -> (&'static str, Option<Timestamp>, String) {
    match outcome {
        RenewalOutcome::Requested => ("Requested", None, "renewal requested".to_owned()),
        RenewalOutcome::Failed(cause) => ("Failed", None, format!("not renewed: {cause}")),
        RenewalOutcome::Renewed(Some(expiry)) => {
            let lifetime = duration(expiry.duration_since(clock::now()));
            ("Renewed", Some(expiry), format!("renewed, valid for {lifetime}"))
        }
        RenewalOutcome::Renewed(None) => ("Renewed", None, "renewed".to_owned()),
        // `wait` turns the last `Waiting` into `TimedOut`; the arm only completes the match.
        RenewalOutcome::TimedOut | RenewalOutcome::Waiting => {
            let message =
                "timed out waiting for the renewal: run `kubectl connection check`".to_owned();
            ("TimedOut", None, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_failed_renewal_does_not_hide_the_others_and_exits_with_an_error() {
        let connection: Connection = serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "namespace": "team" }, "spec": { "flow": "JWT" },
        }))
        .unwrap();
        let end = clock::now() + jiff::SignedDuration::from_hours(1);
        let outcomes = [
            RenewalOutcome::Failed("no".to_owned()),
            RenewalOutcome::Renewed(Some(end)),
            RenewalOutcome::Requested,
        ];
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut terminal = Terminal::new(&mut output, &mut errors);
        let mut report = RenewalReport {
            format: OutputFormat::Json,
            with_namespace: false,
            results: Vec::new(),
            failed: false,
        };
        for outcome in outcomes {
            report.add(&connection, outcome, &mut terminal);
        }
        assert_eq!(report.finish(&mut terminal), Exit::Error);
        let json: Value = serde_json::from_slice(&output).unwrap();
        let outcomes: Vec<_> =
            json.as_array().unwrap().iter().map(|result| &result["outcome"]).collect();
        assert_eq!(outcomes, ["Failed", "Renewed", "Requested"]);
        assert_eq!(
            (&json[0]["message"], &json[0]["namespace"]),
            (&json!("not renewed: no"), &json!("team"))
        );
        assert_eq!(json[1]["expiresAt"], json!(end));
        assert!(errors.is_empty());
    }
}
