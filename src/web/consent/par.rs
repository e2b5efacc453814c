//! A request that the provider wants to be told of first (RFC 9126): the operator pushes it, since
//! only the operator may use the client's credentials.

use std::time::Duration;

use kube::Resource;
use secrecy::ExposeSecret;
use url::Url;

use crate::web::consent::Consent;
use crate::web::consent::consent_request::ConsentRequest;
use crate::web::consent::grant_record::unavailable;
use crate::web::consent::messages::{PageMessage, Refusal};
use crate::web::consent::render;
use crate::web::consent::session::AuthorizationSession;
use connection_client::api::connection::Connection;
use connection_client::store::api_call::ApiError;
use connection_client::store::handoff_secret::{
    self, CODE_CHALLENGE, FAILURE, Handoff, HandoffKind, REDIRECT_URI, REQUEST_URI, STATE, TICKET,
};
use connection_core::connection::digest::Digest;
use connection_core::oauth::authorization;
use connection_core::oauth::pkce;

/// How long the operator may take to push a request.
const PATIENCE: Duration = Duration::from_secs(15);

/// Has the request pushed; returns the URI to send the browser to.
pub(super) async fn push(
    consent: &Consent,
    connection: &Connection,
    begun: &AuthorizationSession,
    asked: &ConsentRequest,
) -> Result<Url, Refusal> {
    let (client, place) = (&consent.client, &begun.place);
    let name =
        handoff_secret::name_for(Digest::from_json(&("request", begun.state.expose_secret())));
    let mut data = vec![
        (TICKET, begun.ticket.clone()),
        (REDIRECT_URI, begun.redirect_uri.as_str().into()),
        (STATE, begun.state.clone()),
    ];
    let challenge = begun.verifier.as_ref().map(pkce::challenge);
    data.extend(challenge.map(|one| (CODE_CHALLENGE, one.into())));
    let owner = connection.owner_ref(&()).ok_or(PageMessage::Changed)?;
    handoff_secret::create_once(
        client,
        &place.namespace,
        &name,
        owner,
        HandoffKind::AuthorizationRequest,
        &data,
    )
    .await
    .map_err(|error| unavailable(place, error))?;
    let answered = consent.secrets.until(|secrets| {
        let facts = secrets.get(&place.namespace, &name)?;
        facts.handoff.is_none().then_some(())
    });
    let in_time = tokio::time::timeout(PATIENCE, answered).await.is_ok();
    let answer = match Handoff::read(client, &place.namespace, &name).await {
        Ok(answer) => answer,
        Err(ApiError::NotFound) => return Err(PageMessage::PushLate.into()),
        Err(error) => return Err(unavailable(place, error)),
    };
    if let Err(error) = answer.delete(client, &place.namespace).await {
        tracing::warn!(connection = %place, %error, "a hand-over Secret is left behind");
    }
    match (answer.get(REQUEST_URI), answer.get(FAILURE)) {
        (Some(uri), _) => {
            let uri = uri.expose_secret();
            Ok(authorization::pushed_uri(&asked.endpoint, &asked.client_id, uri))
        }
        (None, Some(fault)) => Err(PageMessage::PushFailed
            .saying(format!("{} Nothing was stored.", render::sentence(fault.expose_secret())))),
        (None, None) if in_time => Err(PageMessage::PushFailed.into()),
        (None, None) => Err(PageMessage::PushLate.into()),
    }
}
