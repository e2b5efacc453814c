//! The output of `status`. The field names are those of `-o json`, so scripts rely on them.

use connection_client::api::status::NextStatus;
use jiff::Timestamp;
use serde::Serialize;

use crate::conditions::ConditionsView;

/// The state of a Connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub namespace: String,
    pub name: String,
    pub generation: Option<i64>,
    pub flow: String,
    /// The token endpoint, or the issuer whose metadata names it.
    pub endpoint: Option<String>,
    #[serde(flatten)]
    pub conditions: ConditionsView,
    pub token: Option<TokenView>,
    pub secret: TokenSecretView,
    pub grant: Option<GrantView>,
    /// The Secrets that the spec names.
    pub inputs: Vec<Input>,
    /// None if the operator has not reported it.
    pub next: Option<NextStatus>,
    /// The latest events, the newest first. None if the caller may not list events.
    pub events: Option<Vec<Event>>,
}

/// The token, without its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenView {
    #[serde(rename = "type")]
    pub kind: String,
    pub scopes: Vec<String>,
    pub issued_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// The source of `expiresAt`, for example `Response`.
    pub expiry_source: Option<String>,
}

/// The token Secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct TokenSecretView {
    pub name: String,
    pub state: SecretState,
    /// The data keys.
    pub keys: Vec<String>,
}

/// The state of a Secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum SecretState {
    /// The Secret exists and is not managed by the Connection.
    NotOwned,
    /// The caller may not read the Secret.
    Forbidden,
    Missing,
    Present,
}

/// The grant: the user's consent, and the Secret of the refresh token.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GrantView {
    /// Name of the Secret.
    pub secret: String,
    pub state: SecretState,
    /// The account that consented.
    pub account: Option<String>,
    pub authorized_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// The redirect URI to register at the provider.
    pub redirect_uri: Option<String>,
}

/// A Secret that the spec names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Input {
    pub secret: String,
    pub state: SecretState,
    pub keys: Vec<InputKey>,
}

/// A data key that the operator needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct InputKey {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// The existing key, otherwise the accepted keys, joined by `or`.
    pub name: String,
    /// None if the caller may not read the Secret.
    pub exists: Option<bool>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Event {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    pub reason: String,
    pub message: String,
    /// The time of the last occurrence.
    pub at: Option<Timestamp>,
}
