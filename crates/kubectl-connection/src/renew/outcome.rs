//! Derives the outcome of a renewal from the status of the Connection.

use std::time::Duration;

use jiff::Timestamp;

use connection_client::api::connection::Connection;
use connection_client::api::status::ConnectionStatus;

/// The time after which an unchanged failure counts as the outcome: a second failure with the same
/// message does not change the status. Longer than the timeout of a token request.
const GRACE_PERIOD: Duration = Duration::from_secs(30);

/// The outcome of a renewal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum RenewalOutcome {
    /// Requested without `--wait`.
    Requested,
    /// Failed with this cause.
    Failed(String),
    /// Renewed; the new token expires at this time.
    Renewed(Option<Timestamp>),
    TimedOut,
    /// The operator has not handled the request.
    Waiting,
}

/// Returns the outcome of the renewal `value`, requested `waited` ago. `before` is the Connection
/// before the request.
pub(super) fn outcome(
    before: &Connection,
    now: &Connection,
    value: &str,
    waited: Duration,
) -> RenewalOutcome {
    // The new object does not carry the request, so its status would never report it.
    if now.metadata.uid != before.metadata.uid {
        return RenewalOutcome::Failed("the Connection was recreated".to_owned());
    }
    if now.spec.suspend == Some(true) {
        return RenewalOutcome::Failed("the Connection was suspended".to_owned());
    }
    let Some(status) = &now.status else { return RenewalOutcome::Waiting };
    if status.last_handled_renew_requested_at.as_deref() == Some(value) {
        let group = status.connection_group.as_ref();
        return RenewalOutcome::Renewed(group.and_then(|group| group.expires_at));
    }
    let Some(failure) = failure(status) else { return RenewalOutcome::Waiting };
    // An unchanged failure may be older than the request.
    if now.status != before.status || waited >= GRACE_PERIOD {
        return RenewalOutcome::Failed(failure);
    }
    RenewalOutcome::Waiting
}

fn failure(status: &ConnectionStatus) -> Option<String> {
    let refreshed = status.condition("Refreshed")?;
    let failed = refreshed.status == "False";
    failed.then(|| format!("{} ({})", refreshed.message, refreshed.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn connection(handled: &str, refreshed: &str, message: &str) -> Connection {
        let status = json!({
            "lastHandledRenewRequestedAt": handled,
            "conditions": [{ "type": "Refreshed", "status": refreshed, "reason": "ScopeRejected",
                "message": message, "lastTransitionTime": "2027-01-15T08:00:00Z" }],
        });
        with_uid("u", &status, false)
    }

    fn with_uid(uid: &str, status: &Value, suspend: bool) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "uid": uid },
            "spec": { "flow": "JWT", "suspend": suspend }, "status": status,
        }))
        .unwrap()
    }

    #[test]
    fn a_renewal_succeeds_fails_or_is_pending() {
        let good = connection("old", "True", "fine");
        let bad = connection("old", "False", "scope");
        let failed = |cause: &str| RenewalOutcome::Failed(cause.to_owned());
        let table = vec![
            (&good, connection("new", "True", "fine"), 0, RenewalOutcome::Renewed(None)),
            (&good, good.clone(), 60, RenewalOutcome::Waiting),
            (&good, bad.clone(), 0, failed("scope (ScopeRejected)")),
            (&bad, bad.clone(), 0, RenewalOutcome::Waiting),
            (&bad, bad.clone(), 29, RenewalOutcome::Waiting),
            (&bad, bad.clone(), 30, failed("scope (ScopeRejected)")),
            (&bad, connection("old", "False", "other"), 0, failed("other (ScopeRejected)")),
            (
                &good,
                with_uid("other", &json!({}), false),
                0,
                failed("the Connection was recreated"),
            ),
            (&good, with_uid("u", &json!({}), true), 0, failed("the Connection was suspended")),
        ];
        for (index, (before, now, waited, expected)) in table.into_iter().enumerate() {
            let outcome = outcome(before, &now, "new", Duration::from_secs(waited));
            assert_eq!(outcome, expected, "row {index}");
        }
    }
}
