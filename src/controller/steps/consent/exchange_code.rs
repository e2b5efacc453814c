//! Exchanges an authorization code for a grant. The ticket is marked as used before the code is
//! sent, so that no code is sent twice. The outcome is written to the grant Secret, where the
//! consent page and the status read it.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::controller::state_cache::{GrantVersion, PendingGrant};
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::failure::AuthorizationError;
use crate::controller::steps::consent::handoff::{
    VerifiedHandoff, delete, is_younger_than, next_verified,
};
use crate::controller::steps::consent::owner_reference::{set_owner, should_own_grant};
use crate::controller::steps::consent::prepare::{PrepareError, PreparedExchange, prepare};
use crate::controller::steps::consent::verify_account::verify_account;
use crate::controller::steps::consent::{grant_secret_error, read, save, write};
use crate::controller::steps::provider_session::ExchangeError;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::handoff_secret::HandoffKind;
use connection_core::clock;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{AuthorizationOutcome, Consent, GrantBinding};
use connection_core::connection::reason::Reason;
use connection_core::oauth::error_code::ErrorCode;
use connection_core::oauth::token_error::TokenError;

/// The longest time that a code waits for its exchange; codes expire within a minute or so.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(45);

pub(crate) async fn exchange_code(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let Some(VerifiedHandoff { handoff, ticket }) =
        next_verified(ctx, HandoffKind::AuthorizationResponse).await?
    else {
        return Ok(());
    };
    let existing = read(context, observed).await?;
    let mut grant =
        existing.unwrap_or_else(|| GrantSecret::new(&observed.namespace, &observed.name));
    if grant.record.outcome.as_ref().is_some_and(|outcome| outcome.ticket == ticket) {
        // This code was sent before: only its handoff Secret is left.
        return delete(context, observed, &handoff).await;
    }
    let exchanged = match prepare(ctx, &handoff).await {
        // Nothing was sent, so the ticket is still valid.
        Err(PrepareError::Transient(error)) if is_younger_than(&handoff, CODE_LIFETIME) => {
            return Err(error);
        }
        // The code has expired by now, so that a later attempt cannot succeed.
        Err(PrepareError::Transient(error)) => Err(error.into()),
        Err(PrepareError::Permanent(failure)) => Err(failure),
        Ok(prepared) => {
            // If this write fails, the code was not sent.
            mark_ticket_used(ctx, &mut grant, ticket).await?;
            exchange(ctx, prepared).await
        }
    };
    match exchanged {
        Ok(pending) => save_grant(ctx, grant, pending, ticket).await?,
        Err(failure) => record_failed_authorization(ctx, grant, ticket, failure).await?,
    }
    // Deleted last, so that a crash before this line leads back to this step.
    delete(context, observed, &handoff).await
}

async fn mark_ticket_used(
    ctx: StepContext<'_>,
    grant: &mut GrantSecret,
    ticket: Digest,
) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    // The outcome if the operator ends before the exchange does: the code may have been used, and
    // using it twice could revoke the grant (RFC 6749 section 4.1.2).
    let interrupted = AuthorizationError::failed("the exchange of the code was interrupted");
    grant.record.pending_authorization = None;
    grant.record.outcome =
        Some(AuthorizationOutcome { exchanging: true, ..outcome(ticket, interrupted) });
    set_owner(ctx, grant);
    let written = write(context, observed, grant).await;
    written.map_err(|error| grant_secret_error(observed, error))
}

fn outcome(ticket: Digest, failure: AuthorizationError) -> AuthorizationOutcome {
    let AuthorizationError { reason, message } = failure;
    AuthorizationOutcome { ticket, at: clock::now(), reason, message, exchanging: false }
}

async fn exchange(
    ctx: StepContext<'_>,
    prepared: PreparedExchange<'_>,
) -> Result<PendingGrant, AuthorizationError> {
    let PreparedExchange { session, code, token_endpoint, endpoint } = prepared;
    let (response, at) = endpoint.exchange_code(&code).await.map_err(code_error)?;
    let account = verify_account(ctx, &session, &response, at, &token_endpoint).await?;
    let scopes = ctx.desired.authorization.as_ref().map(|spec| spec.scopes.clone());
    let (refresh_token, expiry) = (response.refresh_token.clone(), response.refresh_expiry);
    let binding = GrantBinding::new(ctx.desired, token_endpoint.clone());
    let mut token = session.token(response, at, token_endpoint);
    // A response without scopes grants the requested ones (RFC 6749 section 5.1).
    token.record.scopes = token.record.scopes.or_else(|| scopes.clone());
    Ok(PendingGrant {
        token: Arc::new(token),
        refresh_token,
        expires_at: expiry.and_then(|expiry| expiry.expires_at(at)),
        binding,
        consent: Some(Consent { at, account, scopes }),
        // `save_grant` sets these two, which depend on the grant Secret.
        outcome: None,
        follows: GrantVersion::default(),
        owned: should_own_grant(ctx.desired),
    })
}

fn code_error(failed: ExchangeError) -> AuthorizationError {
    match failed.token_error {
        // RFC 6749 section 5.2 has one error for an expired code and for another redirect URI.
        Some(TokenError::OAuth { code: ErrorCode::InvalidGrant, .. }) => {
            AuthorizationError::failed(
                "the provider rejected the authorization code, it may have expired or have been issued for a redirect URI other than status.authorization.redirectURI",
            )
        }
        _ => failed.error.into(),
    }
}

async fn save_grant(
    ctx: StepContext<'_>,
    grant: GrantSecret,
    pending: PendingGrant,
    ticket: Digest,
) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let (reason, message) = (Reason::Authorized, "authorized".to_owned());
    let outcome = Some(outcome(ticket, AuthorizationError { reason, message }));
    let follows = GrantVersion::from_record(&grant.record);
    let pending = Arc::new(PendingGrant { outcome, follows, ..pending });
    // Kept in the state before the write, because the code cannot be exchanged again.
    context.states.with(&observed.uid, |state| state.pending_grant = Some(pending));
    save(context, observed, Some(grant)).await
}

/// Writes the failure to the grant Secret; retries once if the Secret was written concurrently.
async fn record_failed_authorization(
    ctx: StepContext<'_>,
    mut grant: GrantSecret,
    ticket: Digest,
    failure: AuthorizationError,
) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    tracing::warn!(
        namespace = observed.namespace,
        name = observed.name,
        reason = failure.reason.as_str(),
        cause = failure.message,
        "authorization failed"
    );
    let outcome = outcome(ticket, failure);
    for is_last in [false, true] {
        grant.record.pending_authorization = None;
        grant.record.outcome = Some(outcome.clone());
        set_owner(ctx, &mut grant);
        match write(context, observed, &mut grant).await {
            Ok(()) => return Ok(()),
            // The Secret is read again below, so that the change of the other writer is kept.
            Err(ApiError::Conflict) if !is_last => {}
            Err(error) => return Err(grant_secret_error(observed, error)),
        }
        // A deleted Secret is not created again only to report a failure.
        let Some(current) = read(context, observed).await? else { return Ok(()) };
        grant = current;
    }
    Ok(())
}
