//! What a Connection says of a renewal that was asked for.

use std::time::Duration;

use jiff::Timestamp;

use connection_client::api::connection::Connection;
use connection_client::api::status::ConnectionStatus;

/// A request that fails as the one before leaves the status as it was: that long a failure that was
/// there before is given to pass. Longer than a request may take.
const GRACE: Duration = Duration::from_secs(30);

/// What came of a renewal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum RenewalOutcome {
    /// It is asked for, and nobody waits.
    Requested,
    /// It failed, for this reason.
    Failed(String),
    /// A new token is there, and expires then.
    Renewed(Option<Timestamp>),
    /// The time is over.
    TimedOut,
    /// Nothing yet.
    Waiting,
}

/// What a Connection says of the renewal `value`, which was asked for `waited` ago, when it was as
/// `before`.
pub(super) fn outcome(
    before: &Connection,
    now: &Connection,
    value: &str,
    waited: Duration,
) -> RenewalOutcome {
    if now.metadata.uid != before.metadata.uid {
        return RenewalOutcome::Failed("it was deleted and created anew".to_owned());
    }
    if now.spec.suspend == Some(true) {
        return RenewalOutcome::Failed("it was suspended".to_owned());
    }
    let Some(status) = &now.status else { return RenewalOutcome::Waiting };
    if status.last_handled_renew_requested_at.as_deref() == Some(value) {
        let group = status.connection_group.as_ref();
        return RenewalOutcome::Renewed(group.and_then(|one| one.expires_at));
    }
    let Some(failure) = failure(status) else { return RenewalOutcome::Waiting };
    if now.status != before.status || waited >= GRACE {
        return RenewalOutcome::Failed(failure);
    }
    RenewalOutcome::Waiting
}

fn failure(status: &ConnectionStatus) -> Option<String> {
    let told = status.condition("Refreshed").filter(|one| one.status == "False")?;
    Some(format!("{} ({})", told.message, told.reason))
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
        made("u", &status, false)
    }

    fn made(uid: &str, status: &Value, suspend: bool) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "uid": uid },
            "spec": { "flow": "JWT", "suspend": suspend }, "status": status,
        }))
        .unwrap()
    }

    #[test]
    fn a_renewal_is_answered_refused_or_waited_for() {
        let good = connection("old", "True", "fine");
        let bad = connection("old", "False", "scope");
        let failed = |why: &str| RenewalOutcome::Failed(why.to_owned());
        let table = vec![
            (&good, connection("new", "True", "fine"), 0, RenewalOutcome::Renewed(None)),
            (&good, good.clone(), 60, RenewalOutcome::Waiting),
            (&good, bad.clone(), 0, failed("scope (ScopeRejected)")),
            (&bad, bad.clone(), 0, RenewalOutcome::Waiting),
            (&bad, bad.clone(), 29, RenewalOutcome::Waiting),
            (&bad, bad.clone(), 30, failed("scope (ScopeRejected)")),
            (&bad, connection("old", "False", "other"), 0, failed("other (ScopeRejected)")),
            (&good, made("other", &json!({}), false), 0, failed("it was deleted and created anew")),
            (&good, made("u", &json!({}), true), 0, failed("it was suspended")),
        ];
        for (index, (before, now, waited, expected)) in table.into_iter().enumerate() {
            let found = outcome(before, &now, "new", Duration::from_secs(waited));
            assert_eq!(found, expected, "row {index}");
        }
    }
}
