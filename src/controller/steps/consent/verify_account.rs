//! Verifies the account that gave consent, before anything is stored.

use jiff::Timestamp;
use url::Url;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::failure::AuthorizationError;
use crate::controller::steps::consent::revoke::revoke_token;
use crate::controller::steps::provider_session::ProviderSession;
use connection_core::connection::authorization::ExpectedAccount;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::GrantBinding;
use connection_core::connection::reason::Reason;
use connection_core::oauth::id_token::{self, Account};
use connection_core::oauth::token_response::TokenResponse;

/// Compares the account with the expected one, and returns its display name. Without an expected
/// account, the ID token is read and no request is sent.
pub(super) async fn verify_account(
    ctx: StepContext<'_>,
    session: &ProviderSession<'_>,
    response: &TokenResponse,
    at: Timestamp,
    token_endpoint: &Url,
) -> Result<Option<String>, AuthorizationError> {
    let Some(authorization) = &ctx.desired.authorization else { return Ok(None) };
    let from_id_token = from_id_token(ctx, response, at);
    let Some(expected) = &authorization.expected else {
        return Ok(from_id_token.and_then(|account| account.display));
    };
    let failure = match account(ctx, session, response, from_id_token, expected).await {
        Ok(account) if matches(&account, expected) => return Ok(account.display),
        Ok(account) => mismatch(&account, expected),
        Err(error) => error.into(),
    };
    // A grant that is not used must not stay valid.
    if let Some(refresh_token) = &response.refresh_token {
        let binding = GrantBinding::new(ctx.desired, token_endpoint.clone());
        // Best effort: the user sees the failure below, even if the revocation fails.
        let _ = revoke_token(session, refresh_token, &binding).await;
    }
    Err(failure)
}

/// Returns the account of the ID token. If the ID token is incomplete, returns that of the userinfo
/// endpoint, which must have the same subject (`OpenID` Connect Core 1.0 section 5.3.2).
async fn account(
    ctx: StepContext<'_>,
    session: &ProviderSession<'_>,
    response: &TokenResponse,
    from_id_token: Option<Account>,
    expected: &ExpectedAccount,
) -> Result<Account, ConnectionError> {
    let sub = match from_id_token {
        Some(account) if is_complete(&account, expected) => return Ok(account),
        account => account.and_then(|account| account.sub),
    };
    let account = from_userinfo(ctx, session, response).await?.unwrap_or_default();
    // Another subject is another account, whose attributes must not complete the ID token.
    let same = sub.is_none() || sub == account.sub;
    Ok(if same { account } else { Account::default() })
}

fn from_id_token(ctx: StepContext<'_>, response: &TokenResponse, at: Timestamp) -> Option<Account> {
    let issuer = ctx.desired.authorization.as_ref()?.issuer.as_deref();
    let client_id = ctx.desired.request.client.id()?;
    // An invalid ID token identifies no account, so it counts as none.
    id_token::validate(response.id_token.as_ref()?, issuer, client_id, at).ok()
}

async fn from_userinfo(
    ctx: StepContext<'_>,
    session: &ProviderSession<'_>,
    response: &TokenResponse,
) -> Result<Option<Account>, ConnectionError> {
    let authorization = ctx.desired.authorization.as_ref();
    let Some(issuer) = authorization.and_then(|spec| spec.issuer.as_ref()) else {
        return Ok(None);
    };
    let metadata = session.metadata(issuer).await?;
    let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
    // Public, because the request carries only the token that the provider just issued.
    session.check_public(endpoint)?.userinfo(&response.access_token).await
}

/// Returns true if the account has every expected attribute, with any value.
fn is_complete(account: &Account, expected: &ExpectedAccount) -> bool {
    (expected.sub.is_none() || account.sub.is_some())
        && (expected.email.is_none() || account.email.is_some())
}

fn matches(account: &Account, expected: &ExpectedAccount) -> bool {
    let sub = expected.sub.as_ref().is_none_or(|sub| account.sub.as_ref() == Some(sub));
    let email = expected.email.as_ref().is_none_or(|expected| {
        // Providers may return an address in another case than the user writes it.
        account.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(expected))
    });
    sub && email
}

fn mismatch(account: &Account, expected: &ExpectedAccount) -> AuthorizationError {
    let name = expected.email.as_ref().or(expected.sub.as_ref()).cloned().unwrap_or_default();
    let message = if is_complete(account, expected) {
        format!(
            "consent was given by an account other than {name} (authorization.expectedAccount), nothing was stored"
        )
    } else {
        format!(
            "the provider did not identify the account, and authorization.expectedAccount requires {name}, nothing was stored: add the scopes openid and email, and set endpoints.issuer"
        )
    };
    AuthorizationError { reason: Reason::AccountMismatch, message }
}
