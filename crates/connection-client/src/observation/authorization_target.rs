//! Whether a person can be sent to the provider now, and where to: from the Connection alone, so that
//! page and plugin decide alike.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use url::Url;

use crate::api::connection::Connection;
use connection_core::connection::flow::Flow;
use connection_core::connection::reason::Reason;

/// Where a person is sent to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorizationTarget {
    /// The authorization endpoint.
    pub endpoint: Url,
    /// Whether the request is pushed to the provider first (RFC 9126).
    pub pushed: bool,
}

/// Why a Connection cannot be authorized now.
#[derive(Clone, Debug, PartialEq)]
pub enum NotAuthorizable<'a> {
    /// In its namespace nothing can be stored, even where the way is known from before. The operator's
    /// own words have the command that enrols it.
    NotEnrolled(&'a Condition),
    /// It needs nobody's consent.
    OtherFlow(Flow),
    /// It is suspended.
    Suspended,
    /// The operator has not said where to go.
    Unknown {
        /// What it says of the spec as it is, where it has seen it.
        ready: Option<&'a Condition>,
        /// Whether it waits for a change, so that nothing comes by waiting.
        stalled: bool,
    },
}

/// Reads where to go off a Connection. Where the operator has not seen the spec yet, its status tells
/// of another one and is not believed.
///
/// # Errors
///
/// Returns why the Connection cannot be authorized now.
pub fn destination(connection: &Connection) -> Result<AuthorizationTarget, NotAuthorizable<'_>> {
    let spec = &connection.spec;
    if spec.flow != Flow::AuthorizationCode {
        return Err(NotAuthorizable::OtherFlow(spec.flow));
    }
    if spec.suspend == Some(true) {
        return Err(NotAuthorizable::Suspended);
    }
    if let Some(told) = not_enrolled(connection) {
        return Err(NotAuthorizable::NotEnrolled(told));
    }
    let generation = connection.metadata.generation;
    let status = connection.status.as_ref().filter(|one| one.observed_generation == generation);
    let authorization = status.and_then(|one| one.authorization.as_ref());
    let endpoint = authorization.and_then(|one| Url::parse(one.endpoint.as_deref()?).ok());
    match endpoint.filter(Url::has_host) {
        Some(endpoint) => {
            let pushed = authorization.and_then(|one| one.requires_pushed_request) == Some(true);
            Ok(AuthorizationTarget { endpoint, pushed })
        }
        None => Err(unknown(connection)),
    }
}

/// That the operator has not said where to go, and what it says instead.
#[must_use]
pub fn unknown(connection: &Connection) -> NotAuthorizable<'_> {
    let generation = connection.metadata.generation;
    let status = connection.status.as_ref().filter(|one| one.observed_generation == generation);
    let condition = |kind: &str| status.and_then(|one| one.condition(kind));
    let stalled = condition("Stalled").is_some_and(|one| one.status == "True");
    NotAuthorizable::Unknown { ready: condition("Ready"), stalled }
}

fn not_enrolled(connection: &Connection) -> Option<&Condition> {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    let word = Reason::NamespaceNotEnrolled.as_str();
    conditions.into_iter().find(|one| one.reason == word && one.status != "True")
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

    fn told(kind: &str, status: &str, reason: &str) -> Value {
        json!({ "type": kind, "status": status, "reason": reason, "message": "because",
            "lastTransitionTime": "2027-01-15T08:00:00Z" })
    }

    fn word(spec: Value, generation: i64, status: Value) -> &'static str {
        match destination(&connection(spec, generation, status)) {
            Ok(AuthorizationTarget { pushed: true, .. }) => "pushed",
            Ok(_) => "go",
            Err(NotAuthorizable::NotEnrolled(_)) => "enrol it",
            Err(NotAuthorizable::OtherFlow(_)) => "no need",
            Err(NotAuthorizable::Suspended) => "suspended",
            Err(NotAuthorizable::Unknown { ready: None, .. }) => "nothing said",
            Err(NotAuthorizable::Unknown { stalled: true, .. }) => "stalled",
            Err(NotAuthorizable::Unknown { .. }) => "wait",
        }
    }

    #[test]
    fn whether_and_where_to_a_person_can_go_follows_from_the_connection() {
        let none = || json!({});
        let way = |url: &str| json!({ "authorization": { "endpoint": url } });
        let known = || way("https://login.example.com/authorize");
        let saying = |all: Value| json!({ "conditions": all });
        let mut refused = known();
        refused["conditions"] = json!([told("Refreshed", "False", "NamespaceNotEnrolled")]);
        let mut pushed = known();
        pushed["authorization"]["requiresPushedRequest"] = json!(true);
        let wrong = told("Ready", "False", "InvalidSpec");
        let stalled = json!([wrong, told("Stalled", "True", "InvalidSpec")]);
        for (claim, (spec, generation, status), expected) in [
            ("the way is known", (none(), 3, known()), "go"),
            ("a request that is pushed", (none(), 3, pushed), "pushed"),
            ("another flow", (json!({ "flow": "JWT" }), 3, known()), "no need"),
            ("suspended", (json!({ "suspend": true }), 3, known()), "suspended"),
            ("not enrolled, and the way known", (none(), 3, refused.clone()), "enrol it"),
            ("not enrolled, and changed since", (none(), 4, refused), "enrol it"),
            ("changed since it was seen", (none(), 4, known()), "nothing said"),
            ("no URL", (none(), 3, way("data:x")), "nothing said"),
            ("something else is said", (none(), 3, saying(json!([wrong]))), "wait"),
            ("and nothing comes by waiting", (none(), 3, saying(stalled.clone())), "stalled"),
            ("that was of another spec", (none(), 4, saying(stalled)), "nothing said"),
        ] {
            assert_eq!(word(spec, generation, status), expected, "{claim}");
        }
    }
}
