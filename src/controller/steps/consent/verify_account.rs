//! Who gave consent: asked before anything is stored.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::failure::AuthorizationError;
use crate::controller::steps::consent::revoke::revoke_token;
use crate::controller::steps::discover;
use crate::controller::steps::egress::{client, transport_error};
use connection_core::connection::authorization::ExpectedAccount;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::Binding;
use connection_core::connection::reason::Reason;
use connection_core::oauth::id_token::{self, Account};
use connection_core::oauth::retryability::is_retryable_status;
use connection_core::oauth::token_response::TokenResponse;

/// Checks the account against the expected one; returns what it is called. An account that nobody
/// expects anything of is not asked for, only read where the answer tells it.
pub(super) async fn check_account(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    answered: (&TokenResponse, Timestamp),
    endpoint: &Url,
) -> Result<Option<String>, AuthorizationError> {
    let Some(authorization) = &around.desired.authorization else { return Ok(None) };
    let told = of_id_token(around, answered);
    let Some(expected) = &authorization.expected else {
        return Ok(told.and_then(|one| one.display));
    };
    let failure = match asked(around, opened, (told, expected), answered.0).await {
        Ok(account) if matches(&account, expected) => return Ok(account.display),
        Ok(account) => mismatch(&account, expected),
        Err(fault) => fault.into(),
    };
    // What must not be used must not be left lying about either.
    if let Some(refresh_token) = &answered.0.refresh_token {
        let binding = Binding::new(around.desired, endpoint.clone());
        let _ = revoke_token(around, opened, (refresh_token, &binding)).await;
    }
    Err(failure)
}

/// The account that the ID token tells of; where it does not tell enough, that of the userinfo
/// endpoint, which must be the same (`OpenID` Connect Core 1.0 section 5.3.2).
async fn asked(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    (told, expected): (Option<Account>, &ExpectedAccount),
    answer: &TokenResponse,
) -> Result<Account, ConnectionError> {
    let sub = match told {
        Some(account) if is_complete(&account, expected) => return Ok(account),
        told => told.and_then(|one| one.sub),
    };
    let account = of_userinfo(around, opened, answer).await?.unwrap_or_default();
    let same = sub.is_none() || sub == account.sub;
    Ok(if same { account } else { Account::default() })
}

/// How often the userinfo endpoint is asked, and the pause between.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

fn of_id_token(
    around: StepContext<'_>,
    (answer, at): (&TokenResponse, Timestamp),
) -> Option<Account> {
    let issuer = around.desired.authorization.as_ref()?.issuer.as_deref();
    let client_id = around.desired.request.client.id()?;
    id_token::validate(answer.id_token.as_ref()?, issuer, client_id, at).ok()
}

/// Asks the issuer's userinfo endpoint, where there is one.
async fn of_userinfo(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    answer: &TokenResponse,
) -> Result<Option<Account>, ConnectionError> {
    let issuer = around.desired.authorization.as_ref().and_then(|one| one.issuer.as_ref());
    let Some(issuer) = issuer else { return Ok(None) };
    let deadline = around.deadline();
    let metadata = discover::metadata(around.context, opened, issuer, deadline).await?;
    let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
    let http = client(around.context, opened, endpoint)?;
    let mut tries = 0;
    loop {
        tries += 1;
        let told = http.get_with(endpoint, &answer.access_token, deadline).await;
        let fault = match told {
            Ok(told) if told.status == 200 => {
                return Ok(id_token::parse_userinfo(told.body.expose_secret()));
            }
            Ok(told) if !is_retryable_status(told.status) => return Ok(None),
            Ok(told) => userinfo_error(told.status),
            Err(error) => transport_error(error),
        };
        if tries == TRIES {
            return Err(fault);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn userinfo_error(status: u16) -> ConnectionError {
    let message =
        format!("the userinfo endpoint did not say which account gave consent (HTTP {status})");
    ConnectionError::transient(Reason::ProviderUnavailable, message)
}

/// Whether everything that is expected is told, right or wrong.
fn is_complete(account: &Account, expected: &ExpectedAccount) -> bool {
    (expected.sub.is_none() || account.sub.is_some())
        && (expected.email.is_none() || account.email.is_some())
}

fn matches(account: &Account, expected: &ExpectedAccount) -> bool {
    let sub = expected.sub.as_ref().is_none_or(|sub| account.sub.as_ref() == Some(sub));
    let email = expected.email.as_ref().is_none_or(|email| {
        account.email.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(email))
    });
    sub && email
}

fn mismatch(account: &Account, expected: &ExpectedAccount) -> AuthorizationError {
    let wanted = expected.email.as_ref().or(expected.sub.as_ref()).cloned().unwrap_or_default();
    let message = if is_complete(account, expected) {
        format!(
            "consent was given by an account other than {wanted} (authorization.expectedAccount), nothing was stored"
        )
    } else {
        format!(
            "the provider did not identify the account, and authorization.expectedAccount requires {wanted}, nothing was stored: add the scopes openid and email, and set endpoints.issuer"
        )
    };
    AuthorizationError { reason: Reason::AccountMismatch, message }
}
