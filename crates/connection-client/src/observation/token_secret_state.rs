//! The token Secret: whose it is, and what the token in it is worth.

use jiff::Timestamp;

use crate::observation::observed_connection::ObservedConnection;
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::{Desired, RefreshPolicy};
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::{StoredToken, TokenMatch, TokenSecretState};
use connection_core::connection::schedule::{self, RetryWindow, TokenLifetime};
use connection_core::connection::token_record::TokenRecord;

/// What stands under the token Secret's name.
pub struct FoundTokenSecret {
    /// The Secret, where it is the Connection's.
    pub secret: Option<SecretSummary>,
    /// Its record, where it can be read.
    pub record: Option<TokenRecord>,
    /// Whether it is somebody else's.
    pub foreign: bool,
}

impl FoundTokenSecret {
    /// Tells one's own Secret from another's.
    #[must_use]
    pub fn of(subject: &ObservedConnection, there: Option<SecretSummary>) -> Self {
        let (secret, foreign) = match there {
            Some(secret) if is_ours(&secret, &subject.name) => (Some(secret), false),
            Some(_) => (None, true),
            None => (None, false),
        };
        let record = secret
            .as_ref()
            .and_then(|one| TokenRecord::from_annotation(&one.token.as_ref()?.record));
        Self { secret, record, foreign }
    }

    /// The fact that it is.
    #[must_use]
    pub fn held(
        &self,
        desired: Option<&Desired>,
        subject: &ObservedConnection,
        grant_end: Option<Timestamp>,
    ) -> TokenSecretState {
        match (&self.secret, &self.record) {
            _ if self.foreign => TokenSecretState::NotOwned,
            (Some(secret), Some(record)) => {
                let fit = desired
                    .map_or(TokenMatch::UpToDate, |one| fit(one, secret, record, &subject.uid));
                TokenSecretState::Present(token(desired, record, (fit, grant_end), &subject.uid))
            }
            _ => TokenSecretState::Absent,
        }
    }
}

/// The window in which retries have to fit.
#[must_use]
pub fn window(held: &TokenSecretState, now: Timestamp) -> RetryWindow {
    match held {
        TokenSecretState::Present(token) => {
            RetryWindow::until_expiry(token.lifetime, token.due, now)
        }
        TokenSecretState::NotOwned | TokenSecretState::Absent => RetryWindow::unbounded(),
    }
}

/// A token Secret names its Connection; one that was restored from a backup still does.
fn is_ours(secret: &SecretSummary, name: &str) -> bool {
    secret.token.as_ref().is_some_and(|token| &*token.connection == name)
}

fn token(
    desired: Option<&Desired>,
    record: &TokenRecord,
    (fit, grant_end): (TokenMatch, Option<Timestamp>),
    uid: &str,
) -> StoredToken {
    let life = TokenLifetime { issued_at: record.issued_at, expires_at: record.expires_at };
    let refresh = desired.map(|one| one.refresh).unwrap_or_default();
    let due = schedule::due(life, refresh, uid);
    // A grant that dies before the token must be used before that.
    let ends_first = grant_end.filter(|end| life.issued_at < *end && *end < life.expires_at);
    let of_grant = ends_first.map(|end| {
        schedule::due(TokenLifetime { expires_at: end, ..life }, RefreshPolicy::default(), uid)
    });
    StoredToken { lifetime: life, due: of_grant.map_or(due, |end| end.min(due)), matches: fit }
}

fn fit(desired: &Desired, secret: &SecretSummary, record: &TokenRecord, uid: &str) -> TokenMatch {
    let token = secret.token.as_deref();
    // Names that we wrote and do not own any more were taken over or removed by somebody else.
    let keys = token.and_then(|one| one.keys).zip(record.keys);
    let touched = keys.is_some_and(|(now, written)| now != written);
    let owned = token.and_then(|one| one.owner.as_deref()) == Some(uid);
    let dressed = record.data_digest == desired.output.data_digest()
        && record.metadata_digest == desired.output.metadata_digest();
    if touched || record.request != Digest::from_json(&desired.request) {
        TokenMatch::Outdated
    } else if owned && dressed {
        TokenMatch::UpToDate
    } else {
        TokenMatch::MetadataOutdated
    }
}
