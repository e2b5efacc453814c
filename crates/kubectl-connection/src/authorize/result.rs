//! What an authorization came to, for people and for programs.

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

/// What an authorization came to, in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum AuthorizationOutcome {
    /// A grant is there, and a token.
    Authorized,
    /// The address is known; nobody waits for the rest.
    Started,
    /// There is no grant.
    Failed,
    /// The answer was handed over, and the operator did nothing with it.
    Submitted,
    /// A grant is there, and no token yet.
    NotReady,
    /// Nobody gave consent in time.
    TimedOut,
}

/// What an authorization came to. The names are what `-o json` prints.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizationResult {
    namespace: String,
    name: String,
    /// Where the person was sent.
    url: String,
    outcome: AuthorizationOutcome,
    account: Option<String>,
    expires_at: Option<Timestamp>,
    secret: Option<String>,
    /// What happened and, where it did not work, what to do.
    message: String,
}

impl AuthorizationResult {
    /// An end of which the status says nothing.
    pub(super) fn of(
        connection: &Connection,
        url: &str,
        outcome: AuthorizationOutcome,
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

    /// An end of which the status tells. Whether a grant was given stands there, or, where an operator
    /// does not know that field yet, is seen by when the last one was: to the second only.
    pub(super) fn told(connection: &Connection, url: &str, before: &Connection) -> Self {
        let status = connection.status.clone().unwrap_or_default();
        let since =
            |status: Option<&ConnectionStatus>| status?.authorization.as_ref()?.authorized_at;
        let outcome = status.authorization.as_ref().and_then(|one| one.last_outcome.as_deref());
        let given = match outcome {
            Some(outcome) => outcome == Reason::Authorized.as_str(),
            None => since(Some(&status)) != since(before.status.as_ref()),
        };
        let ready = status.condition("Ready");
        if !given {
            let why = status.condition("Authorized").map(|one| one.message.as_str());
            let why =
                why.unwrap_or("the operator does not say why: see `kubectl connection status`");
            return Self::of(connection, url, AuthorizationOutcome::Failed, why);
        }
        let is_ready = ready.is_some_and(|one| one.status == "True");
        let outcome = if is_ready {
            AuthorizationOutcome::Authorized
        } else {
            AuthorizationOutcome::NotReady
        };
        let message = ready.map_or("", |one| one.message.as_str());
        let group = status.connection_group.as_ref();
        let account = status.authorization.as_ref().and_then(|one| one.account.clone());
        Self {
            account,
            expires_at: group.and_then(|one| one.expires_at).filter(|_| is_ready),
            secret: group.and_then(|one| one.secret_name.clone()),
            ..Self::of(connection, url, outcome, message)
        }
    }

    /// Says it.
    pub(super) fn tell(&self, form: OutputFormat, terminal: &mut Terminal<'_>) -> Exit {
        match (form, self.outcome) {
            (OutputFormat::Json, _) => terminal.answer(&json::text(self)),
            (OutputFormat::Text, AuthorizationOutcome::Started) => {}
            (OutputFormat::Text, AuthorizationOutcome::Authorized) => {
                terminal.answer(&self.success())
            }
            (OutputFormat::Text, _) => terminal.stderr(&format!("{}: {}", self.name, self.message)),
        }
        match self.outcome {
            AuthorizationOutcome::Authorized | AuthorizationOutcome::Started => Exit::Ready,
            AuthorizationOutcome::Failed | AuthorizationOutcome::TimedOut => {
                Exit::NeedsAuthorization
            }
            AuthorizationOutcome::Submitted | AuthorizationOutcome::NotReady => Exit::Error,
        }
    }

    /// As whom, for how long, and where the token is.
    fn success(&self) -> String {
        let whom = self.account.as_ref().map(|one| format!(" as {one}")).unwrap_or_default();
        let left = self.expires_at.map(|end| duration(end.duration_since(clock::now())));
        let valid = left.map(|left| format!(", token valid for {left}")).unwrap_or_default();
        let secret = self.secret.as_ref().map(|one| format!(", Secret {one}")).unwrap_or_default();
        format!("{}: authorized{whom}{valid}{secret}", self.name)
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
    fn what_it_came_to_is_read_off_the_status() {
        let (none, old, new) = (None, Some("2027-01-15T07:00:00Z"), Some("2027-01-15T08:00:00Z"));
        let (given, denied) = (Some("Authorized"), Some("AuthorizationDenied"));
        for (before, now, ready, said, outcome, exit, message) in [
            (
                none,
                new,
                "True",
                given,
                AuthorizationOutcome::Authorized,
                Exit::Ready,
                "ready or not",
            ),
            (old, new, "True", None, AuthorizationOutcome::Authorized, Exit::Ready, "ready or not"),
            // Twice within a second.
            (
                old,
                old,
                "True",
                given,
                AuthorizationOutcome::Authorized,
                Exit::Ready,
                "ready or not",
            ),
            (
                none,
                new,
                "False",
                given,
                AuthorizationOutcome::NotReady,
                Exit::Error,
                "ready or not",
            ),
            (
                old,
                old,
                "True",
                denied,
                AuthorizationOutcome::Failed,
                Exit::NeedsAuthorization,
                "denied",
            ),
            (
                old,
                old,
                "True",
                None,
                AuthorizationOutcome::Failed,
                Exit::NeedsAuthorization,
                "denied",
            ),
        ] {
            let (before, now) = (connection(before, "False", None), connection(now, ready, said));
            let ended = AuthorizationResult::told(&now, "https://u", &before);
            assert_eq!((ended.outcome, ended.message.as_str()), (outcome, message));
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            let mut terminal = Terminal::new(&mut output, &mut errors);
            assert_eq!(ended.tell(OutputFormat::Json, &mut terminal), exit);
            let said: serde_json::Value = serde_json::from_slice(&output).unwrap();
            assert_eq!((&said["name"], &said["url"]), (&json!("mail"), &json!("https://u")));
            assert_eq!(
                said["expiresAt"].is_string(),
                outcome == AuthorizationOutcome::Authorized,
                "{said}"
            );
        }
    }
}
