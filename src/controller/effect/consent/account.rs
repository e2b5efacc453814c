//! Who gave consent: asked before anything is stored.

use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::connection::authorization::ExpectedAccount;
use crate::connection::fault::Fault;
use crate::connection::reason::Reason;
use crate::controller::effect::Around;
use crate::controller::effect::consent::redeem::Failure;
use crate::controller::effect::consent::revoke::revoke_token;
use crate::controller::effect::discover;
use crate::controller::effect::way::{client, unreached};
use crate::controller::memory::Opened;
use crate::oauth::answer::Answer;
use crate::oauth::id_token::{self, Account};

/// Checks the account against the expected one; returns what it is called. An account that nobody
/// expects anything of is not asked for, only read where the answer tells it.
pub async fn check_account(
    around: Around<'_>,
    opened: &Opened,
    answered: (&Answer, Timestamp),
) -> Result<Option<String>, Failure> {
    let Some(authorization) = &around.desired.authorization else { return Ok(None) };
    let told = of_id_token(around, answered);
    let Some(expected) = &authorization.expected else {
        return Ok(told.and_then(|one| one.display));
    };
    let account = match told {
        Some(account) if knows(&account, expected) => account,
        _ => of_userinfo(around, opened, answered.0).await?.unwrap_or_default(),
    };
    if fits(&account, expected) {
        return Ok(account.display);
    }
    // What must not be used must not be left lying about either.
    if let Some(refresh_token) = &answered.0.refresh_token {
        let _ = revoke_token(around, opened, refresh_token).await;
    }
    Err(mismatch(&account, expected))
}

fn of_id_token(around: Around<'_>, (answer, at): (&Answer, Timestamp)) -> Option<Account> {
    let issuer = around.desired.authorization.as_ref()?.issuer.as_deref();
    let client_id = around.desired.request.client.id()?;
    id_token::read(answer.id_token.as_ref()?, issuer, client_id, at).ok()
}

/// Asks the issuer's userinfo endpoint, where there is one.
async fn of_userinfo(
    around: Around<'_>,
    opened: &Opened,
    answer: &Answer,
) -> Result<Option<Account>, Fault> {
    let issuer = around.desired.authorization.as_ref().and_then(|one| one.issuer.as_ref());
    let Some(issuer) = issuer else { return Ok(None) };
    let deadline = around.deadline();
    let metadata = discover::metadata(around.context, opened, issuer, deadline).await?;
    let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
    let http = client(around.context, opened, endpoint)?;
    let told = http.get_with(endpoint, &answer.access_token, deadline).await.map_err(unreached)?;
    Ok(id_token::read_userinfo(told.body.expose_secret()).filter(|_| told.status == 200))
}

/// Whether everything that is expected is told, right or wrong.
fn knows(account: &Account, expected: &ExpectedAccount) -> bool {
    (expected.sub.is_none() || account.sub.is_some())
        && (expected.email.is_none() || account.email.is_some())
}

fn fits(account: &Account, expected: &ExpectedAccount) -> bool {
    let sub = expected.sub.as_ref().is_none_or(|sub| account.sub.as_ref() == Some(sub));
    let email = expected.email.as_ref().is_none_or(|email| {
        account.email.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(email))
    });
    sub && email
}

fn mismatch(account: &Account, expected: &ExpectedAccount) -> Failure {
    let wanted = expected.email.as_ref().or(expected.sub.as_ref()).cloned().unwrap_or_default();
    let message = if knows(account, expected) {
        format!(
            "another account gave consent than {wanted}, which authorization.expectedAccount names; nothing was stored"
        )
    } else {
        format!(
            "the provider did not say which account gave consent, and authorization.expectedAccount names {wanted}; nothing was stored: add the scopes openid and email, and give endpoints.issuer"
        )
    };
    Failure { reason: Reason::AccountMismatch, message }
}
