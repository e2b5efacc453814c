//! Keeps a grant alive: the rotation protocol. The refresh token is claimed by compare-and-swap,
//! sent once, and what comes back is saved before anything else.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use url::Url;

use crate::controller::state_cache::{GrantVersion, LoadedInputs, PendingGrant};
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::owner_reference::should_own_grant;
use crate::controller::steps::consent::{read, save, unwritten, write};
use crate::controller::steps::discover;
use crate::controller::steps::egress::{client, ensure_host_allowed};
use crate::controller::steps::exchange::{self, ExchangeError, ReceivedResponse, ReceivedToken};
use crate::controller::steps::read::opened;
use connection_client::net::client::HttpClient;
use connection_client::observation::grant_facts::state;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::clock::{self, Stopwatch};
use connection_core::connection::compose::{Presented, code_or_refresh_request};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::RefreshClaim;
use connection_core::connection::grant_state::GrantState;
use connection_core::connection::reason::Reason;
use connection_core::connection::schedule::SINGLE_USE_TIMEOUT;
use connection_core::oauth::token_error::TokenError;
use connection_core::random;

/// How long after its claim a refresh token may be sent. Whoever was frozen for longer must not:
/// somebody else may have claimed it since.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Refreshes the token.
pub(crate) async fn refresh(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    let (opened, inputs) = opened(context, subject, desired).await?;
    let issuing = discover::token_endpoint(context, desired, &opened, around.deadline()).await?;
    let Some(mut grant) = read(context, subject).await? else { return Ok(()) };
    // What the watch told may be old: what counts is what was read now.
    if state(&grant.record, desired, &context.holder, clock::now()) != GrantState::Active {
        return Ok(());
    }
    let Some(binding) = grant.record.binding.clone().filter(|one| one.token_endpoint == issuing)
    else {
        return Err(endpoint_changed());
    };
    if grant.refresh_token.is_none() {
        return Err(refresh_token_missing());
    }
    let endpoint = binding.refresh_endpoint.clone().unwrap_or(issuing);
    ensure_host_allowed(context, &opened, &endpoint)?;
    let http = client(context, &opened, &endpoint)?;
    let claimed = claim(around, &mut grant).await?;
    match send(around, &grant, (&http, &opened), (&endpoint, claimed)).await {
        Ok((answer, at)) => {
            let (refresh_token, expiry) = (answer.refresh_token.clone(), answer.refresh_expiry);
            let handled_renewals = around.observation.renewal_annotations.digests();
            let received = ReceivedToken {
                answer,
                at,
                endpoint: binding.token_endpoint.clone(),
                handled_renewals,
                inputs,
            };
            let mut token = exchange::token(desired, &opened, received);
            // A refresh that names no scope keeps those that were granted (RFC 6749 section 6).
            token.record.scopes =
                token.record.scopes.or_else(|| grant.record.consent.as_ref()?.scopes.clone());
            let unsaved = PendingGrant {
                token: Arc::new(token),
                refresh_token,
                expires_at: expiry.and_then(|expiry| expiry.expires_at(at)),
                binding,
                consent: None,
                outcome: None,
                follows: GrantVersion::on(&grant.record),
                owned: should_own_grant(desired),
            };
            context.memory.with(&subject.uid, |memo| memo.unsaved = Some(Arc::new(unsaved)));
            save(context, subject, Some(grant)).await
        }
        Err(failed) if failed.refusal.is_some_and(TokenError::invalidates_grant) => {
            invalidate_grant(around, &grant).await
        }
        Err(failed) => Err(failed.fault),
    }
}

/// Claims the grant. It is fence, proof that the Secret can be written at all, and the trace that
/// tells «sent, and no answer» from «never sent» after a crash.
async fn claim(
    around: StepContext<'_>,
    grant: &mut GrantSecret,
) -> Result<Stopwatch, ConnectionError> {
    let StepContext { context, subject, .. } = around;
    grant.record.claim = Some(RefreshClaim { holder: context.holder.clone(), at: clock::now() });
    // The access token that was here is published by now, or not worth it.
    grant.record.token = None;
    grant.access = None;
    let stopwatch = Stopwatch::start();
    match write(context, subject, grant).await {
        Ok(()) => Ok(stopwatch),
        Err(ApiError::Conflict | ApiError::NotFound) => {
            // Somebody else wrote it: look again.
            read(context, subject).await?;
            Err(unwritten(subject, ApiError::Conflict))
        }
        Err(error) => Err(unwritten(subject, error)),
    }
}

async fn send(
    around: StepContext<'_>,
    grant: &GrantSecret,
    (http, opened): (&HttpClient, &LoadedInputs),
    (endpoint, claimed): (&Url, Stopwatch),
) -> Result<ReceivedResponse, ExchangeError> {
    let StepContext { context, desired, .. } = around;
    let unsent = |fault| ExchangeError { fault, refusal: None, unsent: true };
    let Some(refresh_token) = &grant.refresh_token else {
        return Err(unsent(refresh_token_missing()));
    };
    let presented = Presented::RefreshToken(refresh_token);
    let made = (clock::now(), random::bytes());
    let composed =
        code_or_refresh_request(&desired.request, endpoint, &opened.material, &presented, made)
            .map_err(unsent)?;
    if claimed.elapsed() > LONGEST_PAUSE {
        let message = "the operator was held up between claiming the refresh token and sending it; it is not sent, and tried again";
        return Err(unsent(ConnectionError::transient(Reason::KubernetesAPIError, message)));
    }
    exchange::send(context, http, (desired, opened), composed, SINGLE_USE_TIMEOUT).await
}

/// The provider does not accept the refresh token. Before the grant is called dead, the Secret is
/// read again: somebody else may have had the next one from the provider.
async fn invalidate_grant(
    around: StepContext<'_>,
    sent: &GrantSecret,
) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    let Some(mut grant) = read(context, subject).await? else { return Ok(()) };
    let same = grant.refresh_token.as_ref().map(ExposeSecret::expose_secret)
        == sent.refresh_token.as_ref().map(ExposeSecret::expose_secret);
    if !same || grant.record.serial != sent.record.serial {
        return Ok(());
    }
    tracing::warn!(
        namespace = subject.namespace,
        name = subject.name,
        "the provider rejected the refresh token; nothing is sent until a person gives consent"
    );
    grant.record.invalidated_at = Some(clock::now());
    grant.record.claim = None;
    match write(context, subject, &mut grant).await {
        Ok(()) | Err(ApiError::NotFound) => Ok(()),
        Err(error) => Err(unwritten(subject, error)),
    }
}

/// The issuer's metadata names another token endpoint than the one that issued the grant.
fn endpoint_changed() -> ConnectionError {
    let message = "the issuer names another token endpoint than the one that issued the refresh token, which is not sent: run `kubectl connection authorize` with this Connection's name and namespace";
    ConnectionError::on_change(Reason::GrantMismatch, message).with_slow_backoff()
}

fn refresh_token_missing() -> ConnectionError {
    let message = "the grant Secret has no refresh_token: put it back, or run `kubectl connection authorize` with this Connection's name and namespace";
    ConnectionError::on_change(Reason::GrantExpired, message).with_slow_backoff()
}
