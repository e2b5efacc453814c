//! Writes what was received into the grant Secret: first, and again and again until it is there.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use secrecy::ExposeSecret;

use crate::controller::context::Context;
use crate::controller::state_cache::{GrantVersion, PendingGrant};
use crate::controller::steps::consent::{unwritten, write};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::{Access, GrantSecret};
use connection_core::clock::Stopwatch;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{Consent, GrantRecord};
use connection_core::connection::token::Token;

/// How long one step tries, also when the lease is lost meanwhile: compare-and-swap keeps an older
/// answer from replacing a newer one.
const PATIENCE: Duration = Duration::from_mins(10);

/// How far two ends of a grant may lie apart and be the same.
const SAME_END: SignedDuration = SignedDuration::from_mins(1);

/// The first pause between two tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Saves the answer that is remembered as unsaved; `grant` is the Secret as it was written last.
pub(crate) async fn save(
    context: &Context,
    subject: &ObservedConnection,
    mut grant: Option<GrantSecret>,
) -> Result<(), ConnectionError> {
    let Some(unsaved) = context.memory.with(&subject.uid, |memo| memo.unsaved.clone()) else {
        return Ok(());
    };
    let (stopwatch, mut pause) = (Stopwatch::start(), PAUSES.0);
    loop {
        match attempt(context, subject, &unsaved, grant.take()).await {
            Ok(token) => {
                context.memory.with(&subject.uid, |memo| {
                    memo.unsaved = None;
                    memo.unwritten = token.map(Arc::new).or(memo.unwritten.take());
                });
                return Ok(());
            }
            Err(error) if stopwatch.elapsed() > PATIENCE => return Err(unwritten(subject, error)),
            Err(error) => {
                tracing::warn!(namespace = subject.namespace, name = subject.name, %error, "a refresh token is not written down yet; it is tried again at once");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// One try. Returns the token that is to be published; none where somebody else was faster.
async fn attempt(
    context: &Context,
    subject: &ObservedConnection,
    unsaved: &PendingGrant,
    grant: Option<GrantSecret>,
) -> Result<Option<Token>, ApiError> {
    let mut grant = match grant {
        Some(grant) => grant,
        None => {
            match GrantSecret::read(&context.client, &subject.namespace, &subject.name).await? {
                Some(grant) => grant,
                None => new_grant_secret(subject, unsaved),
            }
        }
    };
    if is_saved(unsaved, &grant) {
        return Ok(grant.token());
    }
    if is_superseded(unsaved.consent.as_ref(), unsaved.follows, &grant.record) {
        tracing::warn!(
            namespace = subject.namespace,
            name = subject.name,
            "somebody else renewed or gave this grant meanwhile: the older answer is dropped"
        );
        return Ok(None);
    }
    apply(unsaved, &mut grant);
    write(context, subject, &mut grant).await?;
    Ok(grant.token())
}

/// The Secret was deleted meanwhile. Where it belongs to its Connection it goes with it, also now.
fn new_grant_secret(subject: &ObservedConnection, unsaved: &PendingGrant) -> GrantSecret {
    let mut grant = GrantSecret::new(&subject.namespace, &subject.name);
    if let Some(owner) = subject.connection.controller_owner_ref(&()) {
        grant.set_owner(&owner, unsaved.owned);
    }
    grant
}

/// Whether an earlier try has written it, and only its answer was lost.
fn is_saved(unsaved: &PendingGrant, grant: &GrantSecret) -> bool {
    grant.access.as_ref().is_some_and(|one| {
        one.access_token.expose_secret() == unsaved.token.access_token.expose_secret()
    })
}

/// Whether something newer stands there: of two consents the later one counts, and a refresh
/// follows on what it was made from.
fn is_superseded(consent: Option<&Consent>, follows: GrantVersion, there: &GrantRecord) -> bool {
    let found = GrantVersion::on(there);
    match consent {
        Some(consent) => found.consented_at.is_some_and(|at| at > consent.at),
        None if there.binding.is_none() => false,
        None => found.serial > follows.serial || found.consented_at != follows.consented_at,
    }
}

fn apply(unsaved: &PendingGrant, grant: &mut GrantSecret) {
    let serial = grant.record.serial.max(unsaved.follows.serial) + 1;
    let mut token = unsaved.token.record.clone();
    let token_issued_at = token.issued_at;
    token.grant_serial = Some(serial);
    grant.access = Some(Access {
        access_token: unsaved.token.access_token.clone(),
        extras: unsaved.token.extras.clone(),
    });
    let record = &mut grant.record;
    record.serial = serial;
    record.token = Some(Box::new(token));
    record.claim = None;
    record.invalidated_at = None;
    record.binding = Some(unsaved.binding.clone());
    if let Some(consent) = &unsaved.consent {
        record.consent = Some(consent.clone());
        record.pending_authorization = None;
        record.expires_at = None;
        grant.refresh_token = None;
    }
    if let Some(outcome) = &unsaved.outcome {
        record.outcome = Some(outcome.clone());
    }
    if unsaved.refresh_token.is_some() {
        grant.refresh_token.clone_from(&unsaved.refresh_token);
    }
    if unsaved.refresh_token.is_some() || unsaved.expires_at.is_some() {
        // Ends are told in seconds from now: the same one comes out a little different each time.
        let moved = |(old, new): (Timestamp, Timestamp)| new.duration_since(old).abs() > SAME_END;
        let ends = record.expires_at.zip(unsaved.expires_at);
        if ends.is_none_or(moved) {
            record.expires_at = unsaved.expires_at;
            record.expiry_announced_at = unsaved.expires_at.map(|_| token_issued_at);
        }
    }
    record.no_refresh_token = grant.refresh_token.is_none();
}

#[cfg(test)]
mod tests {
    use super::*;
    use connection_core::connection::grant::Binding;

    fn consent(second: i64) -> Consent {
        let at = Timestamp::from_second(second).unwrap();
        Consent { at, account: None, scopes: None }
    }

    /// A grant of a consent at a second, after so many tokens.
    fn grant(second: i64, serial: u64) -> GrantRecord {
        let binding = Binding {
            token_endpoint: "https://login.example.com/token".parse().unwrap(),
            issuer: None,
            refresh_endpoint: None,
            revocation_endpoint: None,
            client_id: None,
        };
        let consent = Some(consent(second));
        GrantRecord { serial, binding: Some(binding), consent, ..GrantRecord::default() }
    }

    #[test]
    fn an_answer_is_late_where_something_newer_stands() {
        let followed = GrantVersion::on(&grant(100, 3));
        for (claim, consent, there, late) in [
            ("a refresh, and nothing happened", None, grant(100, 3), false),
            ("a refresh, and somebody refreshed", None, grant(100, 4), true),
            ("a refresh, and somebody gave consent anew", None, grant(200, 1), true),
            ("a refresh, and an older backup was restored", None, grant(100, 2), false),
            ("a refresh, and the Secret was deleted", None, GrantRecord::default(), false),
            ("a consent, and an older grant", Some(consent(200)), grant(100, 9), false),
            ("a consent, and a later one", Some(consent(200)), grant(300, 1), true),
        ] {
            assert_eq!(is_superseded(consent.as_ref(), followed, &there), late, "{claim}");
        }
    }
}
