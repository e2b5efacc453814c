//! Refresh token rotation. The refresh token is claimed by compare-and-swap, sent once, and the
//! response is saved first.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::controller::state_cache::{GrantVersion, PendingGrant};
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::owner_reference::should_own_grant;
use crate::controller::steps::consent::{grant_secret_error, read, save, write};
use crate::controller::steps::provider_session::{BoundGrant, ProviderSession, ReceivedResponse};
use connection_client::observation::grant_facts::state;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::clock::{self, Stopwatch};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{GrantBinding, RefreshClaim};
use connection_core::connection::grant_state::GrantState;
use connection_core::oauth::token_error::TokenError;

pub(crate) async fn refresh(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    // Before the claim, after which the refresh token must be sent soon.
    let session = ProviderSession::open(ctx).await?;
    let token_endpoint = session.token_endpoint().await?;
    let Some(mut grant) = read(context, observed).await? else { return Ok(()) };
    // The observation comes from the watch, which may lag behind this read.
    if state(&grant.record, desired, &context.holder, clock::now()) != GrantState::Active {
        return Ok(());
    }
    let bound = BoundGrant::for_refresh(&session, &grant, &token_endpoint)?;
    let binding = bound.binding().clone();
    let since_claim = claim(ctx, &mut grant).await?;
    match bound.refresh(since_claim).await {
        Ok(received) => {
            let pending = Arc::new(pending_grant(&session, &grant, received, binding));
            // Kept in the state before the write, because the old refresh token may be invalid by
            // now.
            context.states.with(&observed.uid, |state| state.pending_grant = Some(pending));
            save(context, observed, Some(grant)).await
        }
        Err(failed) if failed.token_error.is_some_and(TokenError::invalidates_grant) => {
            invalidate_grant(ctx, &grant).await
        }
        // The claim stays, because the provider may have received the refresh token.
        Err(failed) => Err(failed.error),
    }
}

fn pending_grant(
    session: &ProviderSession<'_>,
    grant: &GrantSecret,
    (response, at): ReceivedResponse,
    binding: GrantBinding,
) -> PendingGrant {
    let (refresh_token, expiry) = (response.refresh_token.clone(), response.refresh_expiry);
    let mut token = session.token(response, at, binding.token_endpoint.clone());
    // A response without scopes keeps those that were granted (RFC 6749 section 6).
    token.record.scopes =
        token.record.scopes.or_else(|| grant.record.consent.as_ref()?.scopes.clone());
    PendingGrant {
        token: Arc::new(token),
        refresh_token,
        expires_at: expiry.and_then(|expiry| expiry.expires_at(at)),
        binding,
        consent: None,
        outcome: None,
        follows: GrantVersion::from_record(&grant.record),
        owned: should_own_grant(session.desired()),
    }
}

/// Claims the grant by compare-and-swap. The claim excludes other replicas, proves that the Secret
/// can be written, and after a crash shows that the refresh token may have been sent.
async fn claim(
    ctx: StepContext<'_>,
    grant: &mut GrantSecret,
) -> Result<Stopwatch, ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    grant.record.claim = Some(RefreshClaim { holder: context.holder.clone(), at: clock::now() });
    // The access token in the grant Secret was published before, or is about to be replaced.
    grant.record.token = None;
    grant.access = None;
    // Started before the write, because the time of the claim was taken before it too.
    let stopwatch = Stopwatch::start();
    match write(context, observed, grant).await {
        Ok(()) => Ok(stopwatch),
        Err(ApiError::Conflict | ApiError::NotFound) => {
            // Another replica or a user wrote the Secret: update the cache for the retry.
            read(context, observed).await?;
            Err(grant_secret_error(observed, ApiError::Conflict))
        }
        Err(error) => Err(grant_secret_error(observed, error)),
    }
}

/// Records that the provider rejected the refresh token, unless the Secret contains a newer one by
/// now.
async fn invalidate_grant(ctx: StepContext<'_>, sent: &GrantSecret) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let Some(mut grant) = read(context, observed).await? else { return Ok(()) };
    // By text too, because a user may have replaced the refresh token by hand.
    let same = grant.refresh_token.as_ref().map(ExposeSecret::expose_secret)
        == sent.refresh_token.as_ref().map(ExposeSecret::expose_secret);
    if !same || grant.record.serial != sent.record.serial {
        return Ok(());
    }
    tracing::warn!(
        namespace = observed.namespace,
        name = observed.name,
        "the provider rejected the refresh token; waiting for consent"
    );
    grant.record.invalidated_at = Some(clock::now());
    grant.record.claim = None;
    match write(context, observed, &mut grant).await {
        // A deleted grant needs no mark.
        Ok(()) | Err(ApiError::NotFound) => Ok(()),
        Err(error) => Err(grant_secret_error(observed, error)),
    }
}
