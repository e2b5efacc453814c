//! Revokes a grant at the provider (RFC 7009) before its Connection goes.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::clock;
use crate::connection::compose::authenticated;
use crate::connection::fault::Fault;
use crate::connection::plan::Step;
use crate::connection::reason::Reason;
use crate::controller::effect::Around;
use crate::controller::effect::consent::{finalize, read, unwritten};
use crate::controller::effect::discover;
use crate::controller::effect::read::opened;
use crate::controller::effect::way::{client, demand_pins, unreached};
use crate::controller::memory::Opened;
use crate::oauth::request::Parameters;
use crate::observation::consent::fits;
use crate::random;

/// Revokes the grant, deletes its Secret, and lets the Connection go.
pub async fn revoke(around: Around<'_>) -> Result<(), Fault> {
    let Around { context, subject, desired, .. } = around;
    if let Some(grant) = read(context, subject).await? {
        let ours = grant.record.binding.as_ref().is_some_and(|one| fits(one, desired));
        let alive = ours && grant.record.dead_since.is_none();
        if let Some(token) = grant.refresh_token.as_ref().filter(|_| alive) {
            let (opened, _) = opened(context, subject, desired).await?;
            let bound =
                grant.record.binding.as_ref().and_then(|one| one.revocation_endpoint.as_ref());
            if bound != Some(&endpoint(around, &opened).await?) {
                return Err(moved());
            }
            revoke_token(around, &opened, token).await?;
        }
        grant.delete(&context.client).await.map_err(|error| unwritten(subject, error))?;
    }
    finalize(context, subject, Step::Release).await
}

/// Revokes a refresh token.
pub async fn revoke_token(
    around: Around<'_>,
    opened: &Opened,
    token: &SecretString,
) -> Result<(), Fault> {
    let Around { context, desired, .. } = around;
    let endpoint = endpoint(around, opened).await?;
    demand_pins(context, opened, &endpoint)?;
    let http = client(context, opened, &endpoint)?;
    let made = (clock::now(), random::bytes());
    let composed =
        authenticated(&desired.request, &endpoint, &opened.material, form(token), &[], made)?;
    let raw = http.send(&composed.request, around.deadline()).await.map_err(unreached)?;
    if (200..300).contains(&raw.status) {
        return Ok(());
    }
    let message = format!(
        "the provider did not revoke the grant (HTTP {}); the operator tries again for a while",
        raw.status
    );
    Err(Fault::soon(Reason::RevocationFailed, message))
}

/// The request's own parameters (RFC 7009 section 2.1).
fn form(token: &SecretString) -> Parameters {
    let mut form = Parameters::default();
    form.add("token", token.expose_secret());
    form.add("token_type_hint", "refresh_token");
    form
}

/// Whoever may change the Connection could have the refresh token sent to themselves.
fn moved() -> Fault {
    let message = "the revocation endpoint is another one than when the grant was given; the refresh token is not sent there";
    Fault::soon(Reason::RevocationFailed, message)
}

/// The revocation endpoint: the given one, or the one that the issuer's metadata names.
pub async fn endpoint(around: Around<'_>, opened: &Opened) -> Result<Url, Fault> {
    let authorization = around.desired.authorization.as_ref();
    if let Some(url) = authorization.and_then(|one| one.revocation.clone()) {
        return Ok(url);
    }
    if let Some(issuer) = authorization.and_then(|one| one.issuer.as_ref()) {
        let metadata =
            discover::metadata(around.context, opened, issuer, around.deadline()).await?;
        let endpoint = metadata.revocation_endpoint(opened.transport.identity.is_some());
        if let Some(url) = endpoint {
            return Ok(url.clone());
        }
    }
    let message = "spec.endpoints.revocation: is not known: give it, or an issuer whose metadata names it; without it the grant must be revoked at the provider by hand";
    Err(Fault::soon(Reason::RevocationFailed, message))
}
