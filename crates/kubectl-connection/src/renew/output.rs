//! What came of renewals, for people and for programs.

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

/// What came of one. The names are what `-o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RenewalResult {
    namespace: String,
    name: String,
    outcome: &'static str,
    expires_at: Option<Timestamp>,
    message: String,
}

/// What came of all: told to people one by one, to programs at the end.
pub(super) struct RenewalReport {
    form: OutputFormat,
    with_namespace: bool,
    all: Vec<RenewalResult>,
    failed: bool,
}

impl RenewalReport {
    /// None yet.
    pub(super) fn new(wanted: &RenewArguments) -> Self {
        let with_namespace = wanted.all_namespaces;
        Self { form: wanted.output.form, with_namespace, all: Vec::new(), failed: false }
    }

    /// This came of one.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        outcome: RenewalOutcome,
        terminal: &mut Terminal<'_>,
    ) {
        let (namespace, name) = (connection.namespace().unwrap_or_default(), connection.name_any());
        let (word, good, expires_at, message) = said(outcome);
        self.failed |= !good;
        if self.form == OutputFormat::Text {
            let place =
                if self.with_namespace { format!("{namespace}/{name}") } else { name.clone() };
            let line = format!("{place}: {message}");
            if good { terminal.answer(&line) } else { terminal.stderr(&line) }
        }
        self.all.push(RenewalResult { namespace, name, outcome: word, expires_at, message });
    }

    /// No more come.
    pub(super) fn end(self, terminal: &mut Terminal<'_>) -> Exit {
        if self.form == OutputFormat::Json {
            terminal.answer(&json::text(&self.all));
        }
        if self.failed { Exit::Error } else { Exit::Ready }
    }
}

/// The word, whether it is good, and the sentence.
fn said(outcome: RenewalOutcome) -> (&'static str, bool, Option<Timestamp>, String) {
    match outcome {
        RenewalOutcome::Requested => ("Requested", true, None, "renewal requested".to_owned()),
        RenewalOutcome::Failed(why) => ("Failed", false, None, format!("not renewed: {why}")),
        RenewalOutcome::Renewed(Some(end)) => {
            let left = duration(end.duration_since(clock::now()));
            ("Renewed", true, Some(end), format!("renewed, valid for {left}"))
        }
        RenewalOutcome::Renewed(None) => ("Renewed", true, None, "renewed".to_owned()),
        RenewalOutcome::TimedOut | RenewalOutcome::Waiting => {
            let why = "not renewed in time: does the operator run? See `kubectl connection check`";
            ("TimedOut", false, None, why.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn one_that_fails_hides_no_other_and_ends_with_an_error() {
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
        let (all, failed) = (Vec::new(), false);
        let mut renewals =
            RenewalReport { form: OutputFormat::Json, with_namespace: false, all, failed };
        for outcome in outcomes {
            renewals.add(&connection, outcome, &mut terminal);
        }
        assert_eq!(renewals.end(&mut terminal), Exit::Error);
        let told: Value = serde_json::from_slice(&output).unwrap();
        let words: Vec<_> = told.as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
        assert_eq!(words, ["Failed", "Renewed", "Requested"]);
        assert_eq!(
            (&told[0]["message"], &told[0]["namespace"]),
            (&json!("not renewed: no"), &json!("team"))
        );
        assert_eq!(told[1]["expiresAt"], json!(end));
        assert!(errors.is_empty());
    }
}
