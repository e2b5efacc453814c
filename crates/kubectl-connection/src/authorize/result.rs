//! The output of `authorize`.

use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

use crate::arguments::OutputFormat;
use crate::exit::Exit;
use crate::humanize::duration;
use crate::json;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_client::api::status::ConnectionStatus;
use connection_core::clock;
use connection_core::connection::reason::Reason;

/// The outcome of an authorization.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum CommandOutcome {
    /// The grant and a token are stored.
    Authorized,
    /// The page is open (`--no-wait`).
    Started,
    Failed,
    /// The response was submitted, and the operator has not processed it.
    Submitted,
    /// The grant is stored, but there is no token yet.
    NotReady,
    /// Consent was not given in time.
    TimedOut,
}

/// The result of an authorization. The names are those of `-o json`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizationResult {
    namespace: String,
    name: String,
    /// The URL that the user opens.
    url: String,
    outcome: CommandOutcome,
    account: Option<String>,
    expires_at: Option<Timestamp>,
    secret: Option<String>,
    /// The result, followed by the remedy if the authorization failed.
    message: String,
}

impl AuthorizationResult {
    /// Returns a result that the status does not report.
    pub(super) fn new(
        connection: &Connection,
        url: &str,
        outcome: CommandOutcome,
        message: &str,
    ) -> Self {
        Self {
            namespace: connection.namespace().unwrap_or_default(),
            name: connection.name_any(),
            url: url.to_owned(),
            outcome,
            account: None,
            expires_at: None,
            secret: None,
            message: message.to_owned(),
        }
    }

    /// Reads the result from the status. Compares `authorizedAt`, which has whole seconds, with
    /// `before` if an older operator does not report `lastOutcome`.
    pub(super) fn from_status(connection: &Connection, url: &str, before: &Connection) -> Self {
        let status = connection.status.clone().unwrap_or_default();
        let authorized_at =
            |status: Option<&ConnectionStatus>| status?.authorization.as_ref()?.authorized_at;
        let authorization = status.authorization.as_ref();
        let outcome = authorization.and_then(|status| status.last_outcome.as_deref());
        let authorized = match outcome {
            Some(outcome) => outcome == Reason::Authorized.as_str(),
            None => authorized_at(Some(&status)) != authorized_at(before.status.as_ref()),
        };
        let ready = status.condition("Ready");
        if !authorized {
            let cause = status.condition("Authorized").map(|condition| condition.message.as_str());
            let cause = cause.unwrap_or("authorization failed: run `kubectl connection status`");
            return Self::new(connection, url, CommandOutcome::Failed, cause);
        }
        let is_ready = ready.is_some_and(|condition| condition.status == "True");
        let outcome = if is_ready { CommandOutcome::Authorized } else { CommandOutcome::NotReady };
        let message = ready.map_or("", |condition| condition.message.as_str());
        let group = status.connection_group.as_ref();
        Self {
            account: authorization.and_then(|status| status.account.clone()),
            // Without a new token this is the expiry of the previous one.
            expires_at: group.and_then(|group| group.expires_at).filter(|_| is_ready),
            secret: group.and_then(|group| group.secret_name.clone()),
            ..Self::new(connection, url, outcome, message)
        }
    }

    /// Prints the result and returns the exit code.
    pub(super) fn print(&self, format: OutputFormat, terminal: &mut Terminal<'_>) -> Exit {
        match (format, self.outcome) {
            (OutputFormat::Json, _) => terminal.stdout(&json::pretty(self)),
            // The prompt has shown the URL already.
            (OutputFormat::Text, CommandOutcome::Started) => {}
            (OutputFormat::Text, CommandOutcome::Authorized) => {
                terminal.stdout(&self.success());
            }
            (OutputFormat::Text, _) => terminal.stderr(&format!("{}: {}", self.name, self.message)),
        }
        match self.outcome {
            CommandOutcome::Authorized | CommandOutcome::Started => Exit::Ready,
            CommandOutcome::Failed | CommandOutcome::TimedOut => Exit::NeedsAuthorization,
            // The user gave consent, so the exit code must not ask for it again.
            CommandOutcome::Submitted | CommandOutcome::NotReady => Exit::Error,
        }
    }

    /// Formats the account, the lifetime of the token and the token Secret.
    fn success(&self) -> String {
        let account = self.account.as_ref().map(|account| format!(" as {account}"));
        let lifetime = self.expires_at.map(|time| duration(time.duration_since(clock::now())));
        let lifetime = lifetime.map(|lifetime| format!(", token valid for {lifetime}"));
        let secret = self.secret.as_ref().map(|name| format!(", Secret {name}"));
        let details: String = [account, lifetime, secret].into_iter().flatten().collect();
        format!("{}: authorized{details}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn connection(authorized_at: Option<&str>, ready: &str, outcome: Option<&str>) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "mail", "namespace": "team" },
            "spec": { "flow": "AuthorizationCode" },
            "status": {
                "authorization": { "authorizedAt": authorized_at, "account": "ann", "lastOutcome": outcome },
                "connectionGroup": { "secretName": "mail-token", "expiresAt": "2027-01-15T09:00:00Z" },
                "conditions": [
                    { "type": "Ready", "status": ready, "reason": "X", "message": "ready or not",
                      "lastTransitionTime": "2027-01-15T08:00:00Z" },
                    { "type": "Authorized", "status": "False", "reason": "X", "message": "denied",
                      "lastTransitionTime": "2027-01-15T08:00:00Z" },
                ],
            },
        }))
        .unwrap()
    }

    #[test]
    fn the_result_is_read_from_the_status() {
        let (none, old, new) = (None, Some("2027-01-15T07:00:00Z"), Some("2027-01-15T08:00:00Z"));
        let (granted, denied) = (Some("Authorized"), Some("AuthorizationDenied"));
        for (before, now, ready, last_outcome, expected) in [
            (none, new, "True", granted, CommandOutcome::Authorized),
            (old, new, "True", None, CommandOutcome::Authorized),
            // Authorized twice within a second.
            (old, old, "True", granted, CommandOutcome::Authorized),
            (none, new, "False", granted, CommandOutcome::NotReady),
            (old, old, "True", denied, CommandOutcome::Failed),
            (old, old, "True", None, CommandOutcome::Failed),
        ] {
            let before = connection(before, "False", None);
            let now = connection(now, ready, last_outcome);
            let result = AuthorizationResult::from_status(&now, "https://u", &before);
            assert_eq!(result.outcome, expected);
            let failed = expected == CommandOutcome::Failed;
            assert_eq!(result.message, if failed { "denied" } else { "ready or not" });
        }
    }

    #[test]
    fn the_exit_code_and_the_json_follow_from_the_result() {
        for (outcome, exit) in [
            (CommandOutcome::Authorized, Exit::Ready),
            (CommandOutcome::Started, Exit::Ready),
            (CommandOutcome::Failed, Exit::NeedsAuthorization),
            (CommandOutcome::TimedOut, Exit::NeedsAuthorization),
            (CommandOutcome::Submitted, Exit::Error),
            (CommandOutcome::NotReady, Exit::Error),
        ] {
            let connection = connection(None, "False", None);
            let result = AuthorizationResult::new(&connection, "https://u", outcome, "message");
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            let mut terminal = Terminal::new(&mut output, &mut errors);
            assert_eq!(result.print(OutputFormat::Json, &mut terminal), exit);
            let output: serde_json::Value = serde_json::from_slice(&output).unwrap();
            assert_eq!((&output["name"], &output["url"]), (&json!("mail"), &json!("https://u")));
            assert_eq!(output["outcome"], format!("{outcome:?}"));
        }
    }

    #[test]
    fn only_a_ready_connection_has_an_expiry() {
        let time = Some("2027-01-15T08:00:00Z");
        for (ready, has_expiry) in [("True", true), ("False", false)] {
            let now = connection(time, ready, Some("Authorized"));
            let result = AuthorizationResult::from_status(&now, "https://u", &now);
            assert_eq!(result.expires_at.is_some(), has_expiry);
        }
    }
}
