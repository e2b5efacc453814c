//! The conditions of a Connection, as its status reports them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde::Serialize;

use crate::exit::Exit;
use connection_client::api::connection::Connection;
use connection_client::api::status::ConnectionStatus;
use connection_core::connection::reason::Reason;

/// The conditions of a Connection. The names are those of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConditionsView {
    pub ready: ConditionView,
    pub refreshed: ConditionView,
    /// None if the flow needs no authorization.
    pub authorized: Option<ConditionView>,
    pub stalled: bool,
    /// True if the operator has observed the current generation.
    pub up_to_date: bool,
    pub next_refresh_at: Option<Timestamp>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ConditionView {
    /// `True`, `False` or `Unknown`.
    pub status: String,
    pub reason: String,
    pub message: String,
}

impl ConditionsView {
    /// Reads the status. A token that expired after the operator wrote the status is reported as
    /// expired: without an operator the condition would stay `True`.
    pub(crate) fn from_status(connection: &Connection, now: Timestamp) -> Self {
        let status = connection.status.as_ref();
        let condition = |kind: &str| ConditionView::from_status(status, kind);
        let group = status.and_then(|status| status.connection_group.as_ref());
        let expired = group.and_then(|group| group.expires_at).filter(|time| *time <= now);
        let ready = condition("Ready");
        Self {
            ready: match expired {
                Some(time) if ready.status == "True" => ConditionView::token_expired(time),
                _ => ready,
            },
            refreshed: condition("Refreshed"),
            authorized: status
                .and_then(|status| status.condition("Authorized"))
                .map(ConditionView::from_condition),
            stalled: condition("Stalled").status == "True",
            up_to_date: status.and_then(|status| status.observed_generation)
                == connection.metadata.generation,
            next_refresh_at: group.and_then(|group| group.next_refresh_at),
        }
    }

    /// Returns the exit code of `status`. An outdated status says nothing about the current spec.
    pub(crate) fn exit(&self) -> Exit {
        match (self.ready.status.as_str(), self.ready.reason.as_str()) {
            _ if !self.up_to_date => Exit::Progressing,
            ("True", _) => Exit::Ready,
            // Before `Unknown`: waiting does not help if a user must give consent.
            (_, reason) if needs_user(reason) => Exit::NeedsAuthorization,
            ("Unknown", _) => Exit::Progressing,
            _ => Exit::Error,
        }
    }
}

impl ConditionView {
    fn from_condition(condition: &Condition) -> Self {
        Self {
            status: condition.status.clone(),
            reason: condition.reason.clone(),
            message: condition.message.clone(),
        }
    }

    fn from_status(status: Option<&ConnectionStatus>, kind: &str) -> Self {
        match status.and_then(|status| status.condition(kind)) {
            Some(condition) => Self::from_condition(condition),
            // A new Connection has no status until the operator observes it.
            None => Self {
                status: "Unknown".to_owned(),
                reason: Reason::Progressing.as_str().to_owned(),
                message: "the operator has not reported a status".to_owned(),
            },
        }
    }

    fn token_expired(time: Timestamp) -> Self {
        Self {
            status: "False".to_owned(),
            reason: Reason::TokenExpired.as_str().to_owned(),
            message: format!(
                "the token expired at {time} and was not renewed: run `kubectl connection check`"
            ),
        }
    }
}

fn needs_user(reason: &str) -> bool {
    // A newer operator may report a reason that this plugin does not know.
    Reason::from_name(reason).is_some_and(Reason::needs_authorization)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn view(ready: &str, reason: &str, observed_generation: i64) -> ConditionsView {
        let connection: Connection = serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "generation": 2 }, "spec": { "flow": "JWT" },
            "status": {
                "observedGeneration": observed_generation,
                "connectionGroup": { "expiresAt": "2027-01-15T09:00:00Z" },
                "conditions": [{
                    "type": "Ready", "status": ready, "reason": reason, "message": "message",
                    "lastTransitionTime": "2027-01-15T08:00:00Z" }],
            },
        }))
        .unwrap();
        ConditionsView::from_status(&connection, "2027-01-15T08:30:00Z".parse().unwrap())
    }

    #[test]
    fn the_exit_code_follows_from_the_condition_ready() {
        let table = [
            ("True", "TokenIssued", 2, Exit::Ready),
            ("True", "RefreshFailed", 2, Exit::Ready),
            ("True", "TokenIssued", 1, Exit::Progressing),
            ("False", "AuthorizationRequired", 2, Exit::NeedsAuthorization),
            ("Unknown", "AuthorizationRequired", 2, Exit::NeedsAuthorization),
            ("Unknown", "Progressing", 2, Exit::Progressing),
            ("False", "GrantExpired", 2, Exit::NeedsAuthorization),
            ("False", "ClientRejected", 2, Exit::Error),
            ("False", "Suspended", 2, Exit::Error),
            ("False", "ReasonOfANewerOperator", 2, Exit::Error),
        ];
        for (status, reason, observed_generation, expected) in table {
            let exit = view(status, reason, observed_generation).exit();
            assert_eq!(exit, expected, "{status} {reason} {observed_generation}");
        }
    }

    #[test]
    fn an_expired_token_is_not_ready_even_if_no_operator_reports_it() {
        let connection = |ready: &str, reason: &str| -> Connection {
            serde_json::from_value(json!({
                "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
                "metadata": { "name": "crm" }, "spec": { "flow": "JWT" },
                "status": {
                    "connectionGroup": { "expiresAt": "2027-01-15T09:00:00Z" },
                    "conditions": [{
                        "type": "Ready", "status": ready, "reason": reason, "message": "message",
                        "lastTransitionTime": "2027-01-15T08:00:00Z" }],
                },
            }))
            .unwrap()
        };
        let now = "2027-01-15T09:00:00Z".parse().unwrap();
        for (ready, reason, expected) in
            [("True", "TokenIssued", "TokenExpired"), ("False", "Suspended", "Suspended")]
        {
            let view = ConditionsView::from_status(&connection(ready, reason), now);
            assert_eq!(view.ready.reason, expected);
            assert_eq!(view.exit(), Exit::Error);
        }
    }

    #[test]
    fn a_connection_without_a_status_is_progressing() {
        let connection: Connection = serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "generation": 1 }, "spec": { "flow": "JWT" },
        }))
        .unwrap();
        let view = ConditionsView::from_status(&connection, Timestamp::UNIX_EPOCH);
        assert_eq!((view.exit(), view.up_to_date), (Exit::Progressing, false));
        assert_eq!(view.ready.message, "the operator has not reported a status");
    }
}
