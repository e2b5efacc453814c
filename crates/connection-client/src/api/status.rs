//! `status`: the observed state of a Connection. Contains nothing secret. The operator does not
//! derive its state from it.

use connection_core::connection::next_action::Action;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The observed state of the Connection.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionStatus {
    /// The generation of the spec that the status describes; -1 until the operator has observed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`: the Secret contains a valid token. `Refreshed`: the outcome of the last request.
    /// `Reconciling` and `Stalled` are present only while they are true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["type".to_owned()]))]
    pub conditions: Vec<Condition>,
    /// The populated connection group, without its secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_group: Option<ConnectionGroup>,
    /// State of the authorization, for flow AuthorizationCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<AuthorizationStatus>,
    /// The next action on the Connection. `kubectl connection status` shows the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStatus>,
    /// The last handled value of the annotation `connection-operator.io/renew-requested-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_renew_requested_at: Option<String>,
    /// The last handled value of the annotation `reconcile.fluxcd.io/requestedAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

impl ConnectionStatus {
    /// Returns the condition of a type.
    pub fn condition(&self, condition_type: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == condition_type)
    }
}

/// The populated connection group, without its secrets.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionGroup {
    /// Token endpoint that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// Client identifier.
    // `rename_all` would write `clientId`; Kubernetes capitalizes acronyms.
    #[serde(default, rename = "clientID", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Issuer of the assertion (`iss`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Subject of the assertion (`sub`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Type of the token, as stated by the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Prefix of the Authorization header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_prefix: Option<String>,
    /// The granted scopes if the provider states them, otherwise the requested scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// URL of the provider's API, if the provider returns one.
    #[serde(default, rename = "instanceURL", skip_serializing_if = "Option::is_none")]
    pub instance_url: Option<String>,
    /// Time at which the token was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub issued_at: Option<Timestamp>,
    /// Time at which the token expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub expires_at: Option<Timestamp>,
    /// Source of the expiry: Response, Token (its `exp` claim), RefreshEverySeconds, Preset or
    /// Default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_source: Option<String>,
    /// Time at which the operator renews the token or retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub next_refresh_at: Option<Timestamp>,
    /// Alias of the signing key in its keystore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_alias: Option<String>,
    /// Time at which the certificate of the signing key expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub certificate_not_after: Option<Timestamp>,
    /// Name of the Secret that holds the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<String>,
}

/// The next action on a Connection.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NextStatus {
    /// What is done next. `Authorize` waits for a user; `Wait` waits for a change of the spec, a
    /// Secret or the namespace; all others are actions of the operator.
    pub action: Action,
    /// Time at which the operator acts, or the state changes without an action. Unset: at a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub time: Option<Timestamp>,
    /// A sentence that reads well before the time, such as `renew the token`.
    pub message: String,
}

/// State of the authorization.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationStatus {
    /// The redirect URI to register at the provider.
    #[serde(default, rename = "redirectURI", skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The URL of the consent page.
    #[serde(default, rename = "consentURL", skip_serializing_if = "Option::is_none")]
    pub consent_url: Option<String>,
    /// The authorization endpoint, from the spec or the issuer's metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The provider requires pushed authorization requests (RFC 9126), which only the operator can
    /// send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_pushed_request: Option<bool>,
    /// The digest of the ticket of the last authorization, successful or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_ticket: Option<String>,
    /// Outcome of the last authorization: `Authorized`, or the reason of its failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<String>,
    /// The account that gave consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Time of the consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub authorized_at: Option<Timestamp>,
    /// Time at which the grant expires, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>")]
    pub grant_expires_at: Option<Timestamp>,
}
