//! What `status` shows. The names are what `-o json` prints, so scripts rely on them.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::saying::Saying;

/// All that is to be known of one Connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
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
    pub saying: Saying,
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
pub struct Token {
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
pub struct TokenSecret {
    /// Its name.
    pub name: String,
    /// What stands there.
    pub state: SecretState,
    /// The names of its data.
    pub keys: Vec<String>,
}

/// What stands under a Secret's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum SecretState {
    /// Somebody else's Secret.
    Foreign,
    /// The caller may not read it.
    Hidden,
    /// Nothing.
    Missing,
    /// The Secret.
    There,
}

/// Who consented, and the Secret of the refresh token.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
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
pub struct Input {
    /// Its name.
    pub secret: String,
    /// What stands there.
    pub state: SecretState,
    /// The keys that are looked for.
    pub keys: Vec<InputKey>,
}

/// A key that is looked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputKey {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// The key that is there, else those any of which would do.
    pub name: String,
    /// Whether it is there; not known where the Secret may not be read.
    pub there: Option<bool>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// The word.
    pub step: NextStep,
    /// When; at a change where there is no time, at once where it is past.
    pub at: Option<Timestamp>,
    /// What happens then.
    pub time: NextTime,
    /// The sentence, without the time.
    pub message: String,
}

/// What a time is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum NextTime {
    /// The token expires, and no step is taken.
    Expiry,
    /// An authorization that was begun can no longer be finished.
    Lapse,
    /// The step is taken.
    Step,
}

/// A step, as the operator plans it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum NextStep {
    /// A token is requested.
    Acquire,
    /// A person authorizes.
    Authorize,
    /// The input Secrets are compared with what the token was made from.
    Compare,
    /// What a person consented to is worked on.
    Consent,
    /// The token Secret gets its form anew.
    Dress,
    /// The status changes since the token expires.
    Expire,
    /// The deleted Connection goes.
    Go,
    /// Not known, since Secrets may not be read.
    Unknown,
    /// Nothing until something changes.
    Wait,
    /// A token that was received is written.
    Write,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
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
