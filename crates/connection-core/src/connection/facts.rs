//! Everything that a decision may depend on.

use jiff::Timestamp;

use crate::connection::error::ConnectionError;
use crate::connection::failure_record::FailureRecord;
use crate::connection::grant_state::{GrantFacts, GrantState};
use crate::connection::reason::Reason;
use crate::connection::schedule::TokenLifetime;

/// Everything that a decision may depend on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Facts {
    pub activity: Activity,
    pub spec: SpecState,
    pub token_secret_name: String,
    pub token_secret: TokenSecretState,
    /// A token response was received that is not in the grant Secret yet.
    pub unsaved: bool,
    /// A token was received that is not in the token Secret yet.
    pub unwritten: bool,
    pub inputs: InputState,
    pub renewal: RenewalState,
    /// The grant, in the Authorization Code flow.
    pub grant: Option<GrantFacts>,
    pub finalizer: FinalizerState,
    /// The failure of the last token step, if nothing that its outcome depended on has changed.
    pub failure: Option<FailureRecord>,
    /// The same for side steps, whose failures do not keep tokens from being renewed.
    pub side_failure: Option<FailureRecord>,
}

/// Whether the connection is reconciled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Activity {
    Active,
    /// `metadata.deletionTimestamp` is set.
    Deleting,
    /// `spec.suspend` is set.
    Suspended,
}

/// The Connection's finalizer, which it has if its grant must be revoked on deletion.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FinalizerState {
    UpToDate,
    /// The deletion waits for the finalizer. Revocation is retried until this time.
    RevocationPending(Timestamp),
    /// The finalizer must be added or removed.
    NeedsUpdate,
}

/// Whether the spec can be carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SpecState {
    Invalid(ConnectionError),
    Valid,
}

/// The token Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenSecretState {
    /// A Secret of this name exists and is not managed by the Connection.
    NotOwned,
    Absent,
    Present(StoredToken),
}

/// The token in the token Secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoredToken {
    pub lifetime: TokenLifetime,
    /// When the token is due for renewal.
    pub due: Timestamp,
    pub matches: TokenMatch,
}

/// How the stored token matches the desired state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenMatch {
    UpToDate,
    /// The token matches; labels, annotations or the owner of its Secret do not.
    MetadataOutdated,
    /// The token was issued for another request, or its Secret was changed by another client.
    Outdated,
}

/// The Secrets that a request uses, compared with those that the stored token was issued for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputState {
    /// Their content differs.
    Changed,
    /// One is missing or invalid.
    Unusable(ConnectionError),
    /// Their versions differ. Only reading them shows whether their content does.
    VersionChanged,
    Unchanged,
    /// The operator has no access to the Secrets of the namespace, including the token Secret.
    Inaccessible(ConnectionError),
}

/// Whether an annotation requests a renewal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RenewalState {
    /// Requested and not handled yet.
    Requested,
    None,
}

impl Facts {
    /// Returns true if the stored token has reached its renewal time.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(&self.token_secret, TokenSecretState::Present(token) if token.due <= now)
    }

    /// Returns why there is no usable grant, in the Authorization Code flow.
    pub fn authorization_error(&self, now: Timestamp) -> Option<ConnectionError> {
        // With an invalid spec or without access to the Secrets, the grant cannot be judged.
        let known =
            self.spec == SpecState::Valid && !matches!(self.inputs, InputState::Inaccessible(_));
        let grant = self.grant.as_ref().filter(|_| known)?;
        if let Some(error) = self.grant_error() {
            return Some(error.clone());
        }
        // An outdated token must be replaced even before it is due, which needs a grant.
        let current = matches!(
            &self.token_secret,
            TokenSecretState::Present(StoredToken { due, matches: TokenMatch::UpToDate, .. })
                if now < *due
        );
        // Without a refresh token, the access token serves until it is due.
        let sufficient =
            grant.state == GrantState::NoRefreshToken && (current || grant.unpublished);
        grant.error(now).filter(|_| !sufficient)
    }

    /// Returns an error of the grant that only its use reveals: the issuer's metadata names another
    /// endpoint, or the grant Secret lost its refresh token.
    pub fn grant_error(&self) -> Option<&ConnectionError> {
        let error = self.failure.as_ref().map(|failure| &failure.error);
        error.filter(|error| matches!(error.reason, Reason::GrantMismatch | Reason::GrantExpired))
    }

    /// Returns the stored token if it is valid at `now`.
    pub fn valid_token(&self, now: Timestamp) -> Option<&StoredToken> {
        // `matches` is ignored: workloads can use a token that was issued for an earlier spec.
        match &self.token_secret {
            TokenSecretState::Present(token) if now < token.lifetime.expires_at => Some(token),
            _ => None,
        }
    }
}
