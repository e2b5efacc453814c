//! What is to be said of a Connection: from the facts as they are now, else what the status says.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde::Serialize;

use crate::exit::Exit;
use connection_client::api::connection::Connection;
use connection_client::observation::observe::Observation;
use connection_core::connection::reason::Reason;
use connection_core::connection::report::{self, Statement};

/// What is to be said of a Connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConditionsView {
    /// Whether a usable token is in the Secret.
    pub ready: ConditionView,
    /// What the last request came to.
    pub refreshed: ConditionView,
    /// Whether there is a grant; none where the flow needs none.
    pub authorized: Option<ConditionView>,
    /// Whether only a change can help.
    pub stalled: bool,
    /// Whether this was found from the facts as they are now; else the status says so.
    pub observed: bool,
    /// When the token is renewed, or the next try is made.
    pub next_refresh_at: Option<Timestamp>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ConditionView {
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The word.
    pub reason: String,
    /// The sentence.
    pub message: String,
}

impl ConditionsView {
    /// What is to be said at `now`.
    pub(crate) fn of(
        connection: &Connection,
        observation: Option<&Observation>,
        now: Timestamp,
    ) -> Self {
        match observation.filter(|_| understood(connection)) {
            Some(observation) => Self::observed(observation, now),
            None => Self::told(connection),
        }
    }

    fn observed(observation: &Observation, now: Timestamp) -> Self {
        let certificate = observation.record.as_ref().and_then(|one| one.certificate_not_after);
        let report = report::report(&observation.facts, certificate, now);
        Self {
            ready: ConditionView::of(&report.ready),
            refreshed: ConditionView::of(&report.refreshed),
            authorized: report.authorized.as_ref().map(ConditionView::of),
            stalled: report.stalled,
            observed: true,
            next_refresh_at: report.next_refresh_at,
        }
    }

    /// What the status says, whatever is the case by now.
    pub(crate) fn told(connection: &Connection) -> Self {
        let status = connection.status.as_ref();
        let said = |kind: &str| ConditionView::told(connection, kind);
        Self {
            ready: said("Ready"),
            refreshed: said("Refreshed"),
            authorized: status
                .and_then(|one| one.condition("Authorized"))
                .map(ConditionView::condition),
            stalled: said("Stalled").status == "True",
            observed: false,
            next_refresh_at: status.and_then(|one| one.connection_group.as_ref()?.next_refresh_at),
        }
    }

    /// How a script is to go on.
    pub(crate) fn exit(&self) -> Exit {
        match (self.ready.status.as_str(), self.ready.reason.as_str()) {
            ("True", _) => Exit::Ready,
            (_, word) if needs_user(word) => Exit::NeedsAuthorization,
            ("Unknown", _) => Exit::Progressing,
            _ => Exit::Error,
        }
    }
}

impl ConditionView {
    fn of(statement: &Statement) -> Self {
        let status = match statement.status {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        Self {
            status: status.to_owned(),
            reason: statement.reason.as_str().to_owned(),
            message: statement.message.clone(),
        }
    }

    fn condition(condition: &Condition) -> Self {
        Self {
            status: condition.status.clone(),
            reason: condition.reason.clone(),
            message: condition.message.clone(),
        }
    }

    fn told(connection: &Connection, kind: &str) -> Self {
        match connection.status.as_ref().and_then(|status| status.condition(kind)) {
            Some(condition) => Self::condition(condition),
            None => Self {
                status: "Unknown".to_owned(),
                reason: Reason::Progressing.as_str().to_owned(),
                message: "the operator has said nothing yet".to_owned(),
            },
        }
    }
}

fn needs_user(word: &str) -> bool {
    Reason::from_name(word).is_some_and(Reason::needs_authorization)
}

/// Whether the status uses words that this version knows: a newer operator may see more.
fn understood(connection: &Connection) -> bool {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions.into_iter().all(|one| Reason::from_name(&one.reason).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(status: &str, reason: &str) -> ConditionsView {
        let said = ConditionView {
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: String::new(),
        };
        ConditionsView {
            ready: said.clone(),
            refreshed: said,
            authorized: None,
            stalled: false,
            observed: true,
            next_refresh_at: None,
        }
    }

    #[test]
    fn the_exit_code_follows_from_the_condition_ready() {
        let table = [
            ("True", "TokenIssued", Exit::Ready),
            ("True", "RefreshFailed", Exit::Ready),
            ("False", "AuthorizationRequired", Exit::NeedsAuthorization),
            ("Unknown", "AuthorizationRequired", Exit::NeedsAuthorization),
            ("Unknown", "Progressing", Exit::Progressing),
            ("False", "GrantExpired", Exit::NeedsAuthorization),
            ("False", "ClientRejected", Exit::Error),
            ("False", "Suspended", Exit::Error),
        ];
        for (status, reason, expected) in table {
            assert_eq!(saying(status, reason).exit(), expected, "{status} {reason}");
        }
    }
}
