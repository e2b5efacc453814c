//! The facts of the token Secret.

use jiff::Timestamp;

use crate::observation::observed_connection::ObservedConnection;
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::{Desired, RefreshPolicy};
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::{StoredToken, TokenMatch, TokenSecretState};
use connection_core::connection::schedule::{self, RetryWindow, TokenLifetime};
use connection_core::connection::token_record::TokenRecord;

/// The Secret with the name of the token Secret.
pub struct FoundTokenSecret {
    /// The Secret, if the Connection manages it.
    pub secret: Option<SecretSummary>,
    /// None if the record does not parse.
    pub record: Option<TokenRecord>,
    /// The Connection does not manage the Secret.
    pub is_foreign: bool,
}

impl FoundTokenSecret {
    pub fn new(observed: &ObservedConnection, found: Option<SecretSummary>) -> Self {
        let (secret, is_foreign) = match found {
            Some(secret) if is_ours(&secret, &observed.name) => (Some(secret), false),
            Some(_) => (None, true),
            None => (None, false),
        };
        let record = secret
            .as_ref()
            .and_then(|secret| TokenRecord::from_annotation(&secret.token.as_ref()?.record));
        Self { secret, record, is_foreign }
    }

    pub fn state(
        &self,
        desired: Option<&Desired>,
        observed: &ObservedConnection,
        grant_end: Option<Timestamp>,
    ) -> TokenSecretState {
        match (&self.secret, &self.record) {
            _ if self.is_foreign => TokenSecretState::NotOwned,
            (Some(secret), Some(record)) => {
                let matches = desired.map_or(TokenMatch::UpToDate, |desired| {
                    token_match(desired, secret, record, &observed.uid)
                });
                let uid = &observed.uid;
                TokenSecretState::Present(token(desired, record, (matches, grant_end), uid))
            }
            _ => TokenSecretState::Absent,
        }
    }
}

/// Returns the time in which retries must succeed.
pub fn window(state: &TokenSecretState, now: Timestamp) -> RetryWindow {
    match state {
        TokenSecretState::Present(token) => {
            RetryWindow::until_expiry(token.lifetime, token.due, now)
        }
        TokenSecretState::NotOwned | TokenSecretState::Absent => RetryWindow::unbounded(),
    }
}

/// Compares the annotation and not the owner: after a restore from a backup, the uid of the owner is
/// that of the old Connection.
fn is_ours(secret: &SecretSummary, name: &str) -> bool {
    secret.token.as_ref().is_some_and(|token| &*token.connection == name)
}

fn token(
    desired: Option<&Desired>,
    record: &TokenRecord,
    (matches, grant_end): (TokenMatch, Option<Timestamp>),
    uid: &str,
) -> StoredToken {
    let lifetime = TokenLifetime { issued_at: record.issued_at, expires_at: record.expires_at };
    let refresh = desired.map(|desired| desired.refresh).unwrap_or_default();
    let due = schedule::due(lifetime, refresh, uid);
    // A grant that expires before the token must be refreshed before that.
    let ends_first =
        grant_end.filter(|end| lifetime.issued_at < *end && *end < lifetime.expires_at);
    let grant_due = ends_first.map(|end| {
        schedule::due(TokenLifetime { expires_at: end, ..lifetime }, RefreshPolicy::default(), uid)
    });
    StoredToken { lifetime, due: grant_due.map_or(due, |grant_due| grant_due.min(due)), matches }
}

fn token_match(
    desired: &Desired,
    secret: &SecretSummary,
    record: &TokenRecord,
    uid: &str,
) -> TokenMatch {
    let token = secret.token.as_deref();
    // Keys that the operator wrote and no longer manages were changed or removed by others.
    let keys = token.and_then(|token| token.keys).zip(record.keys);
    // Unknown after a restore from a backup: then only the metadata is written again.
    let is_changed = keys.is_some_and(|(now, written)| now != written);
    let owned = token.and_then(|token| token.owner.as_deref()) == Some(uid);
    let has_metadata = record.data_digest == desired.output.data_digest()
        && record.metadata_digest == desired.output.metadata_digest();
    if is_changed || record.request != Digest::from_json(&desired.request) {
        TokenMatch::Outdated
    } else if owned && has_metadata {
        TokenMatch::UpToDate
    } else {
        TokenMatch::MetadataOutdated
    }
}
