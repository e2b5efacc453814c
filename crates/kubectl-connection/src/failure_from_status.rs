//! What the operator remembers, as far as the status tells of it.

use jiff::Timestamp;

use connection_client::api::connection::Connection;
use connection_client::api::status::ConnectionStatus;
use connection_client::observation::prior_state::PriorState;
use connection_core::clock::whole_seconds;
use connection_core::connection::error::{ConnectionError, Retry};
use connection_core::connection::failure_record::FailureRecord;
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::reason::{Origin, Reason};

/// The last failure, where the status tells of one for the spec and the grant as they are.
pub(crate) fn of(connection: &Connection, grant: &GrantRecord) -> PriorState {
    let generation = connection.metadata.generation;
    let status = connection.status.as_ref();
    let current = status.filter(|status| status.observed_generation == generation);
    let failure = current.and_then(|status| failure(status, grant));
    // What the operator may see is not what the reader may.
    let fault = failure.as_ref().map(|failure| &failure.error);
    let not_enrolled = fault.filter(|one| one.reason == Reason::NamespaceNotEnrolled).cloned();
    let authorization = status.and_then(|status| status.authorization.as_ref());
    let endpoint_known = authorization.is_some_and(|one| one.endpoint.is_some());
    PriorState { failure, endpoint_known, not_enrolled, ..PriorState::default() }
}

fn failure(status: &ConnectionStatus, grant: &GrantRecord) -> Option<FailureRecord> {
    let told = status.condition("Refreshed").filter(|one| one.status == "False")?;
    let reason = Reason::from_name(&told.reason)
        .filter(|reason| reason.origin() == Origin::Remembered)
        // A later authorization, or the record of the grant, makes such a failure obsolete.
        .filter(|reason| !reason.needs_authorization() || is_of(status, grant))?;
    let retry_at: Option<Timestamp> =
        status.connection_group.as_ref().and_then(|group| group.next_refresh_at);
    let stalled = status.condition("Stalled").is_some_and(|one| one.status == "True");
    let retry = match (stalled, retry_at) {
        (true, Some(_)) => Retry::SlowBackoff,
        (true, None) => Retry::OnChange,
        (false, _) => Retry::Backoff,
    };
    let fault = ConnectionError { reason, message: told.message.clone(), retry };
    Some(FailureRecord { error: fault, attempts: 1, retry_at, basis: None })
}

/// Whether a status tells of a grant that looks alive: a later consent is news to it.
fn is_of(status: &ConnectionStatus, grant: &GrantRecord) -> bool {
    let told = status.authorization.as_ref().and_then(|one| one.authorized_at);
    let given = grant.consent.as_ref().map(|one| whole_seconds(one.at));
    grant.invalidated_at.is_none() && told == given
}

#[cfg(test)]
mod tests {
    use super::*;
    use connection_core::connection::grant::Consent;
    use serde_json::json;

    fn grant(consented_at: &str) -> GrantRecord {
        let at = consented_at.parse().unwrap();
        let consent = Consent { at, account: None, scopes: None };
        GrantRecord { consent: Some(consent), ..GrantRecord::default() }
    }

    fn recalled(reason: &str, status: &str, seen: i64) -> Option<ConnectionError> {
        recalled_of(&grant("2027-01-15T07:00:00.5Z"), reason, status, seen)
    }

    fn recalled_of(
        grant: &GrantRecord,
        reason: &str,
        status: &str,
        seen: i64,
    ) -> Option<ConnectionError> {
        let connection = serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "generation": 2 }, "spec": { "flow": "JWT" },
            "status": {
                "observedGeneration": seen,
                "authorization": { "authorizedAt": "2027-01-15T07:00:00Z" },
                "conditions": [{
                    "type": "Refreshed", "status": status, "reason": reason, "message": "because",
                    "lastTransitionTime": "2027-01-15T08:00:00Z" }],
            },
        }));
        of(&connection.unwrap(), grant).failure.map(|failure| failure.error)
    }

    #[test]
    fn a_failure_is_recalled_where_it_is_one_of_the_present_spec_and_not_seen_anew() {
        let soon = |reason| Some(ConnectionError::transient(reason, "because"));
        let table = [
            (("ClientRejected", "False", 2), soon(Reason::ClientRejected)),
            (("ClientRejected", "False", 1), None),
            (("TokenIssued", "True", 2), None),
            (("SecretNotFound", "False", 2), None),
            (("AuthorizationRequired", "False", 2), None),
            (("GrantMismatch", "False", 2), soon(Reason::GrantMismatch)),
            (("GrantMismatch", "False", 1), None),
            (("GrantExpired", "False", 2), soon(Reason::GrantExpired)),
            (("FromTheFuture", "False", 2), None),
        ];
        for ((reason, status, seen), expected) in table {
            assert_eq!(recalled(reason, status, seen), expected, "{reason} {status} {seen}");
        }
    }

    #[test]
    fn what_a_refresh_found_out_is_past_once_consent_was_given_anew_or_the_grant_is_known_dead() {
        let later = grant("2027-01-15T09:00:00Z");
        let dead = GrantRecord {
            invalidated_at: "2027-01-15T08:00:00Z".parse().ok(),
            ..grant("2027-01-15T07:00:00Z")
        };
        for (claim, grant) in [("consent anew", later), ("dead", dead)] {
            assert_eq!(recalled_of(&grant, "GrantExpired", "False", 2), None, "{claim}");
        }
    }
}
