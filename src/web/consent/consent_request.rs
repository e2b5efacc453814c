//! The consent that a Connection requests.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use url::Url;

use crate::web::consent::messages::{PageError, PageMessage};
use connection_client::api::connection::Connection;
use connection_client::observation::authorization_target::{
    AuthorizationTarget, NotAuthorizable, authorization_target, unknown,
};
use connection_client::observation::desired;
use connection_core::connection::authorization::DesiredAuthorization;
use connection_core::oauth::authorization::AuthorizationRequest;

/// The consent that a Connection requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ConsentRequest {
    pub endpoint: Url,
    /// Whether the request is pushed to the provider first (RFC 9126).
    pub pushed: bool,
    pub client_id: String,
    pub authorization: DesiredAuthorization,
}

impl ConsentRequest {
    /// Reads the request from a Connection.
    ///
    /// # Errors
    ///
    /// Returns why the Connection cannot be authorized now.
    pub(super) fn from_connection(connection: &Connection) -> Result<Self, PageError> {
        let AuthorizationTarget { endpoint, pushed } =
            authorization_target(connection).map_err(|error| Self::not_ready(&error))?;
        let unknown_endpoint = || Self::not_ready(&unknown(connection));
        let desired = desired::desired_state(connection).map_err(|_| unknown_endpoint())?;
        let client_id = desired.request.client.id().unwrap_or_default().to_owned();
        let authorization = desired.authorization.ok_or_else(unknown_endpoint)?;
        Ok(Self { endpoint, pushed, client_id, authorization })
    }

    fn not_ready(error: &NotAuthorizable<'_>) -> PageError {
        match error {
            NotAuthorizable::NotEnrolled(condition) => {
                PageMessage::NotReady.with_detail(status_sentence(condition))
            }
            NotAuthorizable::OtherFlow(_) => {
                let detail = "Its flow is not AuthorizationCode, so it needs no consent.";
                PageMessage::NotReady.with_detail(detail)
            }
            NotAuthorizable::Suspended => {
                PageMessage::NotReady.with_detail("It is suspended: set `suspend: false` first.")
            }
            NotAuthorizable::Unknown { ready, .. } => {
                PageError { message: PageMessage::NotReady, detail: ready.map(status_sentence) }
            }
        }
    }

    /// Returns the provider's host.
    pub(super) fn host(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    /// Returns the account that must consent.
    pub(super) fn expected(&self) -> Option<&str> {
        let expected = self.authorization.expected.as_ref()?;
        // A user recognizes an email address rather than a `sub`.
        expected.email.as_deref().or(expected.sub.as_deref())
    }

    pub(super) fn request(
        &self,
        redirect_uri: &str,
        state: &str,
        code_challenge: Option<String>,
    ) -> AuthorizationRequest {
        self.authorization.request(&self.client_id, redirect_uri, state, code_challenge)
    }
}

/// Returns a condition as a sentence.
fn status_sentence(condition: &Condition) -> String {
    format!("Status of the Connection: {} ({}).", condition.message, condition.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn connection(change: serde_json::Value) -> Connection {
        let mut object = json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "mail", "namespace": "team", "generation": 3 },
            "spec": {
                "flow": "AuthorizationCode", "client": { "id": "client" }, "scopes": ["openid", "mail"],
                "endpoints": { "token": "https://login.example.com/token" },
            },
            "status": {
                "observedGeneration": 3,
                "authorization": { "endpoint": "https://login.example.com/authorize" },
            },
        });
        merge(&mut object, change);
        serde_json::from_value(object).unwrap()
    }

    fn merge(into: &mut serde_json::Value, change: serde_json::Value) {
        match (into, change) {
            (serde_json::Value::Object(into), serde_json::Value::Object(change)) => {
                for (key, value) in change {
                    merge(into.entry(key).or_insert(serde_json::Value::Null), value);
                }
            }
            (into, change) => *into = change,
        }
    }

    #[test]
    fn a_connection_can_be_authorized_if_its_endpoint_is_known() {
        let request = ConsentRequest::from_connection(&connection(json!({}))).unwrap();
        assert_eq!(request.host(), "login.example.com");
        assert_eq!(request.authorization.scope.as_deref(), Some("openid mail"));
        assert!(!request.pushed && request.authorization.pkce);
        for (claim, change) in [
            ("another flow", json!({ "spec": { "flow": "ClientCredentials" } })),
            ("suspended", json!({ "spec": { "suspend": true } })),
            ("changed since it was seen", json!({ "metadata": { "generation": 4 } })),
            ("no endpoint yet", json!({ "status": { "authorization": null } })),
            ("no URL", json!({ "status": { "authorization": { "endpoint": "data:x" } } })),
        ] {
            let error = ConsentRequest::from_connection(&connection(change)).unwrap_err();
            assert_eq!(error.message, PageMessage::NotReady, "{claim}");
        }
    }

    #[test]
    fn the_enrollment_command_is_shown_even_if_the_endpoint_is_known() {
        for (kind, status) in [("Ready", "False"), ("Refreshed", "False")] {
            let condition = json!({
                "type": kind, "status": status, "reason": "NamespaceNotEnrolled",
                "message": "run `kubectl create rolebinding x`",
                "lastTransitionTime": "2026-05-04T09:00:00Z",
            });
            let change = json!({ "status": { "conditions": [condition] } });
            let error = ConsentRequest::from_connection(&connection(change)).unwrap_err();
            assert_eq!(error.message, PageMessage::NotReady);
            assert!(error.detail.unwrap().contains("`kubectl create rolebinding x`"));
        }
    }

    #[test]
    fn the_condition_of_an_observed_spec_is_shown() {
        let condition = json!({
            "type": "Ready", "status": "False", "reason": "InvalidSpec", "message": "spec.scopes: no",
            "lastTransitionTime": "2026-05-04T09:00:00Z",
        });
        let change = json!({ "status": { "authorization": null, "conditions": [condition] } });
        let error = ConsentRequest::from_connection(&connection(change.clone())).unwrap_err();
        assert!(error.detail.unwrap().contains("spec.scopes: no (InvalidSpec)"));
        let mut change = change;
        merge(&mut change, json!({ "metadata": { "generation": 4 } }));
        assert_eq!(ConsentRequest::from_connection(&connection(change)).unwrap_err().detail, None);
    }
}
