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
    /// Whether the connection is to be worked on.
    pub activity: Activity,
    /// What the spec asks for.
    pub spec: SpecState,
    /// The token Secret.
    pub held: TokenSecretState,
    /// An answer that was received and is not in the grant Secret yet.
    pub unsaved: bool,
    /// A token that was received and is not written down yet.
    pub unwritten: bool,
    /// The Secrets that a request uses.
    pub inputs: InputState,
    /// Whether a renewal was asked for and not answered yet.
    pub renewal: RenewalState,
    /// What is known of a person's consent, in the flow that needs one.
    pub consent: Option<GrantFacts>,
    /// The Connection's finalizer.
    pub finalizer: FinalizerState,
    /// The failure of the last token step, if nothing that its outcome depended on has changed.
    pub failure: Option<FailureRecord>,
    /// The same for side steps, whose failures do not keep tokens from being renewed.
    pub side_failure: Option<FailureRecord>,
}

/// Whether a connection is to be worked on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Activity {
    /// It is.
    Active,
    /// It is being deleted.
    Deleting,
    /// `spec.suspend` is set.
    Suspended,
}

/// The Connection's finalizer, which it has where its grant is to be revoked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FinalizerState {
    /// It is as the spec asks for.
    UpToDate,
    /// The deletion waits for it; revoking is tried until then.
    RevocationPending(Timestamp),
    /// It is there and is not asked for, or the other way round.
    NeedsUpdate,
}

/// What the spec asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SpecState {
    /// Something that cannot be done.
    Invalid(ConnectionError),
    /// Something that can.
    Valid,
}

/// The token Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenSecretState {
    /// Another's Secret stands under its name.
    NotOwned,
    /// There is none.
    Absent,
    /// It holds a token.
    Present(StoredToken),
}

/// A token in its Secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoredToken {
    /// From when to when it lives.
    pub life: TokenLifetime,
    /// When it is due for renewal.
    pub due: Timestamp,
    /// What it is worth now.
    pub fit: TokenMatch,
}

/// What a held token is worth, measured by what is asked for now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenMatch {
    /// It is what is asked for.
    UpToDate,
    /// It is what is asked for; labels, annotations or the owner of its Secret are not.
    MetadataOutdated,
    /// It was made for another request, or somebody else wrote to its Secret.
    Outdated,
}

/// The Secrets that a request uses, compared with those that the held token was made from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputState {
    /// They say something else now.
    Changed,
    /// One of them cannot be used, or is not there.
    Unusable(ConnectionError),
    /// Their versions differ; whether they say something else must be read.
    VersionChanged,
    /// They are the same.
    Unchanged,
    /// Nothing is known of any Secret in the namespace, the token Secret among them.
    Inaccessible(ConnectionError),
}

/// Whether a renewal was asked for by annotation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RenewalState {
    /// It was, and is not answered yet.
    Requested,
    /// It was not.
    None,
}

impl Facts {
    /// Whether the held token is due for renewal by its age alone.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(&self.held, TokenSecretState::Present(token) if token.due <= now)
    }

    /// Why no grant can be used, in the flow that needs one.
    #[must_use]
    pub fn authorization_error(&self, now: Timestamp) -> Option<ConnectionError> {
        let known =
            self.spec == SpecState::Valid && !matches!(self.inputs, InputState::Inaccessible(_));
        let consent = self.consent.as_ref().filter(|_| known)?;
        if let Some(fault) = self.grant_error() {
            return Some(fault.clone());
        }
        let lives = matches!(&self.held, TokenSecretState::Present(StoredToken { due, fit: TokenMatch::UpToDate, .. }) if now < *due);
        // It is as good as any until it is due.
        let fine = consent.grant == GrantState::NoRefreshToken && (lives || consent.unpublished);
        consent.fault(now).filter(|_| !fine)
    }

    /// What only shows of a grant when it is about to be sent: the issuer names another endpoint, or
    /// somebody took the refresh token out of its Secret.
    #[must_use]
    pub fn grant_error(&self) -> Option<&ConnectionError> {
        let error = self.failure.as_ref().map(|failure| &failure.error);
        error.filter(|error| matches!(error.reason, Reason::GrantMismatch | Reason::GrantExpired))
    }

    /// The held token, if it can be used at `now`.
    #[must_use]
    pub fn valid_token(&self, now: Timestamp) -> Option<&StoredToken> {
        match &self.held {
            TokenSecretState::Present(token) if now < token.life.expires_at => Some(token),
            _ => None,
        }
    }
}
