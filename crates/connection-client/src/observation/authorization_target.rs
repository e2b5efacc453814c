//! Decides from the Connection alone if it can be authorized now, so that the consent page and the
//! plugin decide alike.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use url::Url;

use crate::api::connection::Connection;
use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

/// The target of an authorization request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorizationTarget {
    pub endpoint: Url,
    /// The request must be pushed to the provider first (RFC 9126).
    pub pushed: bool,
}

/// The cause of a Connection that cannot be authorized now.
#[derive(Clone, Debug, PartialEq)]
pub enum NotAuthorizable<'a> {
    /// The operator cannot store a grant in the namespace. The condition's message has the command that
    /// enrolls it.
    NotEnrolled(&'a Condition),
    /// The flow needs no consent.
    OtherFlow(Flow),
    Suspended,
    /// The status has no authorization endpoint for the current spec.
    Unknown {
        /// The condition of the current spec, if the operator has observed it.
        ready: Option<&'a Condition>,
        /// The operator waits for a change, so that waiting does not help.
        stalled: bool,
    },
}

/// Returns the authorization target from the status. A status of another generation is ignored.
pub fn authorization_target(
    connection: &Connection,
) -> Result<AuthorizationTarget, NotAuthorizable<'_>> {
    let spec = &connection.spec;
    if spec.flow != Flow::AuthorizationCode {
        return Err(NotAuthorizable::OtherFlow(spec.flow));
    }
    if spec.suspend == Some(true) {
        return Err(NotAuthorizable::Suspended);
    }
    if let Some(condition) = not_enrolled(connection) {
        return Err(NotAuthorizable::NotEnrolled(condition));
    }
    let generation = connection.metadata.generation;
    let status =
        connection.status.as_ref().filter(|status| status.observed_generation == generation);
    let authorization = status.and_then(|status| status.authorization.as_ref());
    let endpoint = authorization.and_then(|it| Url::parse(it.endpoint.as_deref()?).ok());
    // The endpoint comes from the status, which other clients may have written.
    match endpoint.filter(Url::has_host) {
        Some(endpoint) => {
            let pushed = authorization.and_then(|it| it.requires_pushed_request) == Some(true);
            Ok(AuthorizationTarget { endpoint, pushed })
        }
        None => Err(unknown(connection)),
    }
}

/// Returns [`NotAuthorizable::Unknown`] with the conditions of the current spec.
pub fn unknown(connection: &Connection) -> NotAuthorizable<'_> {
    let generation = connection.metadata.generation;
    let status =
        connection.status.as_ref().filter(|status| status.observed_generation == generation);
    let condition = |kind: &str| status.and_then(|status| status.condition(kind));
    let stalled = condition("Stalled").is_some_and(|condition| condition.status == "True");
    NotAuthorizable::Unknown { ready: condition("Ready"), stalled }
}

fn not_enrolled(connection: &Connection) -> Option<&Condition> {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    let reason = Reason::NamespaceNotEnrolled.as_str();
    // In every generation: enrollment depends on the namespace, not on the spec.
    conditions.into_iter().find(|it| it.reason == reason && it.status != "True")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn connection(spec: Value, generation: i64, status: Value) -> Connection {
        let mut object = json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "mail", "generation": generation },
            "spec": { "flow": "AuthorizationCode" },
            "status": { "observedGeneration": 3 },
        });
        for (part, change) in [("spec", spec), ("status", status)] {
            let change = change.as_object().unwrap().clone();
            object[part].as_object_mut().unwrap().extend(change);
        }
        serde_json::from_value(object).unwrap()
    }

    fn condition(kind: &str, status: &str, reason: &str) -> Value {
        json!({ "type": kind, "status": status, "reason": reason, "message": "because",
            "lastTransitionTime": "2027-01-15T08:00:00Z" })
    }

    fn result(spec: Value, generation: i64, status: Value) -> &'static str {
        match authorization_target(&connection(spec, generation, status)) {
            Ok(AuthorizationTarget { pushed: true, .. }) => "pushed",
            Ok(_) => "target",
            Err(NotAuthorizable::NotEnrolled(_)) => "not enrolled",
            Err(NotAuthorizable::OtherFlow(_)) => "other flow",
            Err(NotAuthorizable::Suspended) => "suspended",
            Err(NotAuthorizable::Unknown { ready: None, .. }) => "no condition",
            Err(NotAuthorizable::Unknown { stalled: true, .. }) => "stalled",
            Err(NotAuthorizable::Unknown { .. }) => "not stalled",
        }
    }

    #[test]
    fn the_connection_alone_decides_on_the_authorization_target() {
        let none = || json!({});
        let with_endpoint = |url: &str| json!({ "authorization": { "endpoint": url } });
        let known = || with_endpoint("https://login.example.com/authorize");
        let with_conditions = |all: Value| json!({ "conditions": all });
        let mut not_enrolled = known();
        not_enrolled["conditions"] =
            json!([condition("Refreshed", "False", "NamespaceNotEnrolled")]);
        let mut pushed = known();
        pushed["authorization"]["requiresPushedRequest"] = json!(true);
        let wrong = condition("Ready", "False", "InvalidSpec");
        let stalled = json!([wrong, condition("Stalled", "True", "InvalidSpec")]);
        for (claim, (spec, generation, status), expected) in [
            ("the endpoint is known", (none(), 3, known()), "target"),
            ("a request that is pushed", (none(), 3, pushed), "pushed"),
            ("another flow", (json!({ "flow": "JWT" }), 3, known()), "other flow"),
            ("suspended", (json!({ "suspend": true }), 3, known()), "suspended"),
            (
                "not enrolled, and the endpoint is known",
                (none(), 3, not_enrolled.clone()),
                "not enrolled",
            ),
            ("not enrolled, and changed since", (none(), 4, not_enrolled), "not enrolled"),
            ("changed since it was observed", (none(), 4, known()), "no condition"),
            ("no URL", (none(), 3, with_endpoint("data:x")), "no condition"),
            ("another condition", (none(), 3, with_conditions(json!([wrong]))), "not stalled"),
            ("a stalled one", (none(), 3, with_conditions(stalled.clone())), "stalled"),
            (
                "a stalled one of another spec",
                (none(), 4, with_conditions(stalled)),
                "no condition",
            ),
        ] {
            assert_eq!(result(spec, generation, status), expected, "{claim}");
        }
    }
}
