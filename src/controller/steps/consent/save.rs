//! Saves a received token in the grant Secret, and retries until it is written.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use secrecy::ExposeSecret;

use crate::controller::context::Context;
use crate::controller::state_cache::{GrantVersion, PendingGrant};
use crate::controller::steps::consent::{grant_secret_error, write};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::{Access, GrantSecret};
use connection_core::clock::Stopwatch;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{Consent, GrantRecord};
use connection_core::connection::token::Token;

/// The time after which a step makes no further attempt. It continues if leadership is lost:
/// compare-and-swap keeps an older response from replacing a newer one.
const SAVE_TIMEOUT: Duration = Duration::from_mins(10);

const MIN_DELAY: Duration = Duration::from_millis(250);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// The largest difference between two expiry times of the same grant. Providers return seconds from
/// now, which vary a little with each response.
const SAME_EXPIRY: SignedDuration = SignedDuration::from_mins(1);

/// Saves the pending grant; `grant` is the Secret as it was written last.
pub(crate) async fn save(
    context: &Context,
    observed: &ObservedConnection,
    mut grant: Option<GrantSecret>,
) -> Result<(), ConnectionError> {
    let pending = context.states.with(&observed.uid, |state| state.pending_grant.clone());
    let Some(pending) = pending else { return Ok(()) };
    let stopwatch = Stopwatch::start();
    let backoff = ExponentialBuilder::default()
        .with_min_delay(MIN_DELAY)
        .with_max_delay(MAX_DELAY)
        // Time limits the attempts, not their number.
        .without_max_times();
    // Only the first attempt uses the given Secret; later ones read its current version.
    let saved = (|| attempt(context, observed, &pending, grant.take()))
        .retry(backoff)
        .when(|_| stopwatch.elapsed() <= SAVE_TIMEOUT)
        .notify(|error, _| {
            let (namespace, name) = (&observed.namespace, &observed.name);
            tracing::warn!(namespace, name, %error, "failed to save refresh token, retrying");
        });
    let token = saved.await.map_err(|error| grant_secret_error(observed, error))?;
    context.states.with(&observed.uid, |state| {
        state.pending_grant = None;
        // A superseded response has no token, and one that waits to be written stays.
        state.unwritten_token = token.map(Arc::new).or(state.unwritten_token.take());
    });
    Ok(())
}

/// Makes one attempt. Returns the token to publish; none if the grant was updated concurrently.
async fn attempt(
    context: &Context,
    observed: &ObservedConnection,
    pending: &PendingGrant,
    grant: Option<GrantSecret>,
) -> Result<Option<Token>, ApiError> {
    let (namespace, name) = (&observed.namespace, &observed.name);
    let mut grant = match grant {
        Some(grant) => grant,
        None => GrantSecret::read(&context.client, namespace, name)
            .await?
            .unwrap_or_else(|| new_grant_secret(observed, pending)),
    };
    if is_saved(pending, &grant) {
        return Ok(grant.token());
    }
    if is_superseded(pending.consent.as_ref(), pending.follows, &grant.record) {
        let message = "grant was updated concurrently; discarding older token response";
        tracing::warn!(namespace, name, "{message}");
        return Ok(None);
    }
    apply(pending, &mut grant);
    write(context, observed, &mut grant).await?;
    Ok(grant.token())
}

/// Makes a grant Secret in place of one that was deleted. With an owner reference it is deleted with
/// its Connection, even if that happened already.
fn new_grant_secret(observed: &ObservedConnection, pending: &PendingGrant) -> GrantSecret {
    let mut grant = GrantSecret::new(&observed.namespace, &observed.name);
    if let Some(owner) = observed.connection.controller_owner_ref(&()) {
        grant.set_owner(&owner, pending.owned);
    }
    grant
}

/// Returns true if an earlier attempt wrote the Secret and only its response was lost.
fn is_saved(pending: &PendingGrant, grant: &GrantSecret) -> bool {
    grant.access.as_ref().is_some_and(|access| {
        access.access_token.expose_secret() == pending.token.access_token.expose_secret()
    })
}

/// Returns true if the Secret contains something newer: the later of two consents, or another
/// refresh than the one that this refresh follows.
fn is_superseded(consent: Option<&Consent>, follows: GrantVersion, record: &GrantRecord) -> bool {
    let current = GrantVersion::from_record(record);
    match consent {
        Some(consent) => current.consented_at.is_some_and(|at| at > consent.at),
        // The Secret has no grant, so this refresh token may be the only one.
        None if record.binding.is_none() => false,
        // A smaller serial is that of a restored backup, which this response may replace.
        None => current.serial > follows.serial || current.consented_at != follows.consented_at,
    }
}

fn apply(pending: &PendingGrant, grant: &mut GrantSecret) {
    // The larger of both, so that a restored backup leads to no serial twice.
    let serial = grant.record.serial.max(pending.follows.serial) + 1;
    let mut token = pending.token.record.clone();
    let token_issued_at = token.issued_at;
    token.grant_serial = Some(serial);
    grant.access = Some(Access {
        access_token: pending.token.access_token.clone(),
        extras: pending.token.extras.clone(),
    });
    let record = &mut grant.record;
    record.serial = serial;
    record.token = Some(Box::new(token));
    record.claim = None;
    record.invalidated_at = None;
    record.binding = Some(pending.binding.clone());
    if let Some(consent) = &pending.consent {
        record.consent = Some(consent.clone());
        record.pending_authorization = None;
        // A consent creates a new grant, to which the old expiry and refresh token do not belong.
        record.expires_at = None;
        grant.refresh_token = None;
    }
    if let Some(outcome) = &pending.outcome {
        record.outcome = Some(outcome.clone());
    }
    // Without a new refresh token the old one stays valid (RFC 6749 section 6).
    if pending.refresh_token.is_some() {
        grant.refresh_token.clone_from(&pending.refresh_token);
    }
    // A response with neither says nothing about the expiry.
    if pending.refresh_token.is_some() || pending.expires_at.is_some() {
        apply_expiry(&mut grant.record, pending.expires_at, token_issued_at);
    }
    grant.record.no_refresh_token = grant.refresh_token.is_none();
}

fn apply_expiry(record: &mut GrantRecord, expires_at: Option<Timestamp>, announced_at: Timestamp) {
    let moved = |(old, new): (Timestamp, Timestamp)| new.duration_since(old).abs() > SAME_EXPIRY;
    if record.expires_at.zip(expires_at).is_none_or(moved) {
        record.expires_at = expires_at;
        record.expiry_announced_at = expires_at.map(|_| announced_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connection_core::connection::grant::GrantBinding;

    fn consent(second: i64) -> Consent {
        let at = Timestamp::from_second(second).unwrap();
        Consent { at, account: None, scopes: None }
    }

    /// A grant with a consent at a second and a number of tokens since.
    fn grant(second: i64, serial: u64) -> GrantRecord {
        let binding = GrantBinding {
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
    fn a_response_is_superseded_by_a_newer_grant() {
        let followed = GrantVersion::from_record(&grant(100, 3));
        for (claim, consent, record, superseded) in [
            ("refresh: nothing happened", None, grant(100, 3), false),
            ("refresh: another replica refreshed", None, grant(100, 4), true),
            ("refresh: a user gave a new consent", None, grant(200, 1), true),
            ("refresh: an older backup was restored", None, grant(100, 2), false),
            ("refresh: the Secret was deleted", None, GrantRecord::default(), false),
            ("consent: the grant is older", Some(consent(200)), grant(100, 9), false),
            ("consent: another one is later", Some(consent(200)), grant(300, 1), true),
        ] {
            assert_eq!(is_superseded(consent.as_ref(), followed, &record), superseded, "{claim}");
        }
    }
}
