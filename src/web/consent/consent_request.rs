//! What a Connection asks a person for.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use url::Url;

use crate::web::consent::messages::{PageMessage, Refusal};
use connection_client::api::connection::Connection;
use connection_client::observation::authorization_target::{
    AuthorizationTarget, NotAuthorizable, authorization_target, unknown,
};
use connection_client::observation::desired;
use connection_core::connection::authorization::DesiredAuthorization;
use connection_core::oauth::authorization::AuthorizationRequest;

/// What a Connection asks a person for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ConsentRequest {
    /// The authorization endpoint.
    pub endpoint: Url,
    /// Whether the request is pushed to the provider first (RFC 9126).
    pub pushed: bool,
    pub client_id: String,
    pub authorization: DesiredAuthorization,
}

impl ConsentRequest {
    /// Reads it off a Connection.
    ///
    /// # Errors
    ///
    /// Returns why the Connection cannot be authorized now.
    pub(super) fn of(connection: &Connection) -> Result<Self, Refusal> {
        let AuthorizationTarget { endpoint, pushed } =
            authorization_target(connection).map_err(|why| Self::refused(&why))?;
        let not_ready = || Self::refused(&unknown(connection));
        let desired = desired::desired_state(connection).map_err(|_| not_ready())?;
        let client_id = desired.request.client.id().unwrap_or_default().to_owned();
        let authorization = desired.authorization.ok_or_else(not_ready)?;
        Ok(Self { endpoint, pushed, client_id, authorization })
    }

    fn refused(why: &NotAuthorizable<'_>) -> Refusal {
        match why {
            NotAuthorizable::NotEnrolled(told) => PageMessage::NotReady.saying(said(told)),
            NotAuthorizable::OtherFlow(_) => {
                let what = "Its flow is not AuthorizationCode: it needs nobody’s consent.";
                PageMessage::NotReady.saying(what)
            }
            NotAuthorizable::Suspended => {
                PageMessage::NotReady.saying("It is suspended: set `suspend: false` first.")
            }
            NotAuthorizable::Unknown { ready, .. } => {
                Refusal { notice: PageMessage::NotReady, detail: ready.map(said) }
            }
        }
    }

    /// The host that the person is sent to.
    #[must_use]
    pub(super) fn host(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    /// The account that must give consent.
    pub(super) fn expected(&self) -> Option<&str> {
        let expected = self.authorization.expected.as_ref()?;
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

/// What a condition says, as a sentence.
fn said(condition: &Condition) -> String {
    format!("The operator says: {} ({}).", condition.message, condition.reason)
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
    fn a_connection_is_authorized_when_the_operator_knows_the_way() {
        let asked = ConsentRequest::of(&connection(json!({}))).unwrap();
        assert_eq!(asked.host(), "login.example.com");
        assert_eq!(asked.authorization.scope.as_deref(), Some("openid mail"));
        assert!(!asked.pushed && asked.authorization.pkce);
        for (claim, change) in [
            ("another flow", json!({ "spec": { "flow": "ClientCredentials" } })),
            ("suspended", json!({ "spec": { "suspend": true } })),
            ("changed since it was seen", json!({ "metadata": { "generation": 4 } })),
            ("no endpoint yet", json!({ "status": { "authorization": null } })),
            ("no URL", json!({ "status": { "authorization": { "endpoint": "data:x" } } })),
        ] {
            let refusal = ConsentRequest::of(&connection(change)).unwrap_err();
            assert_eq!(refusal.notice, PageMessage::NotReady, "{claim}");
        }
    }

    #[test]
    fn in_a_namespace_that_is_not_enrolled_the_command_is_told_though_the_way_is_known() {
        for (kind, status) in [("Ready", "False"), ("Refreshed", "False")] {
            let condition = json!({
                "type": kind, "status": status, "reason": "NamespaceNotEnrolled",
                "message": "run `kubectl create rolebinding x`",
                "lastTransitionTime": "2026-05-04T09:00:00Z",
            });
            let change = json!({ "status": { "conditions": [condition] } });
            let refusal = ConsentRequest::of(&connection(change)).unwrap_err();
            assert_eq!(refusal.notice, PageMessage::NotReady);
            assert!(refusal.detail.unwrap().contains("`kubectl create rolebinding x`"));
        }
    }

    #[test]
    fn what_the_operator_says_of_a_spec_that_it_has_seen_is_repeated() {
        let condition = json!({
            "type": "Ready", "status": "False", "reason": "InvalidSpec", "message": "spec.scopes: no",
            "lastTransitionTime": "2026-05-04T09:00:00Z",
        });
        let change = json!({ "status": { "authorization": null, "conditions": [condition] } });
        let refusal = ConsentRequest::of(&connection(change.clone())).unwrap_err();
        assert!(refusal.detail.unwrap().contains("spec.scopes: no (InvalidSpec)"));
        let mut change = change;
        merge(&mut change, json!({ "metadata": { "generation": 4 } }));
        assert_eq!(ConsentRequest::of(&connection(change)).unwrap_err().detail, None);
    }
}
