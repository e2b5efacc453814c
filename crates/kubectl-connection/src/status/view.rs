//! What `status` shows. The names are what `-o json` prints, so scripts rely on them.

use connection_core::connection::next_action::Action;
use jiff::Timestamp;
use serde::Serialize;

use crate::conditions::ConditionsView;

/// All that is to be known of one Connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The flow.
    pub flow: String,
    /// The token endpoint, or the issuer whose metadata names it.
    pub endpoint: Option<String>,
    /// Whether the operator has seen the spec as it is.
    pub up_to_date: bool,
    /// The conditions.
    #[serde(flatten)]
    pub saying: ConditionsView,
    /// The token.
    pub token: Option<Token>,
    /// The token Secret.
    pub secret: TokenSecret,
    /// Who consented, and the Secret of the refresh token.
    pub grant: Option<Grant>,
    /// The Secrets that are read.
    pub inputs: Vec<Input>,
    /// What happens next.
    pub next: Next,
    /// The latest events, the newest first; none where they may not be listed.
    pub events: Option<Vec<Event>>,
}

/// The token, without its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// How the expiry is known.
    pub expiry_source: Option<String>,
}

/// The token Secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct TokenSecret {
    /// Its name.
    pub name: String,
    /// What stands there.
    pub state: SecretState,
    /// The names of its data.
    pub keys: Vec<String>,
}

/// What stands under a Secret's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum SecretState {
    /// Somebody else's Secret.
    NotOwned,
    /// The caller may not read it.
    Forbidden,
    /// Nothing.
    Missing,
    /// The Secret.
    Present,
}

/// Who consented, and the Secret of the refresh token.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Grant {
    /// Name of the Secret.
    pub secret: String,
    /// What stands there.
    pub state: SecretState,
    /// The account that consented.
    pub account: Option<String>,
    /// When it did.
    pub authorized_at: Option<Timestamp>,
    /// When the grant expires.
    pub expires_at: Option<Timestamp>,
    /// The redirect URI to register at the provider.
    pub redirect_uri: Option<String>,
}

/// A Secret that is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Input {
    /// Its name.
    pub secret: String,
    /// What stands there.
    pub state: SecretState,
    /// The keys that are looked for.
    pub keys: Vec<InputKey>,
}

/// A key that is looked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct InputKey {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// The key that is there, else those any of which would do.
    pub name: String,
    /// Whether it is there; not known where the Secret may not be read.
    pub there: Option<bool>,
}

/// The next action; none when the operator has not written one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Next {
    pub action: Option<Action>,
    /// When the operator acts, or when the state changes without an action. None: at a change.
    pub time: Option<Timestamp>,
    /// A sentence that reads well before the time.
    pub message: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Event {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The word.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// When it was told last.
    pub at: Option<Timestamp>,
}
