//! Pushed authorization requests (RFC 9126). The leader sends them, since only the controller uses the
//! client's credentials.

use std::time::Duration;

use kube::Resource;
use secrecy::ExposeSecret;
use url::Url;

use crate::web::consent::ConsentPageState;
use crate::web::consent::consent_request::ConsentRequest;
use crate::web::consent::grant_record::unavailable;
use crate::web::consent::messages::{PageError, PageMessage};
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

/// Timeout of a pushed authorization request.
const PAR_TIMEOUT: Duration = Duration::from_secs(15);

/// Requests a push from the leader; returns the authorization URI.
pub(super) async fn push(
    consent: &ConsentPageState,
    connection: &Connection,
    session: &AuthorizationSession,
    request: &ConsentRequest,
) -> Result<Url, PageError> {
    let (client, place) = (&consent.client, &session.place);
    let name =
        handoff_secret::name_for(Digest::from_json(&("request", session.state.expose_secret())));
    let mut data = vec![
        (TICKET, session.ticket.clone()),
        (REDIRECT_URI, session.redirect_uri.as_str().into()),
        (STATE, session.state.clone()),
    ];
    let challenge = session.verifier.as_ref().map(pkce::challenge);
    data.extend(challenge.map(|challenge| (CODE_CHALLENGE, challenge.into())));
    let owner = connection.owner_ref(&()).ok_or(PageMessage::ConnectionChanged)?;
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
    // The cache contains only metadata: a Secret with a response is no handoff Secret.
    let responded = consent.secrets.until(|secrets| {
        let facts = secrets.get(&place.namespace, &name)?;
        facts.handoff.is_none().then_some(())
    });
    let in_time = tokio::time::timeout(PAR_TIMEOUT, responded).await.is_ok();
    // Read even after the timeout: the cache may lag behind the response.
    let response = match Handoff::read(client, &place.namespace, &name).await {
        Ok(response) => response,
        Err(ApiError::NotFound) => return Err(PageMessage::ParTimedOut.into()),
        Err(error) => return Err(unavailable(place, error)),
    };
    // The response has been read, so a failed deletion must not fail the authorization.
    if let Err(error) = response.delete(client, &place.namespace).await {
        tracing::warn!(connection = %place, %error, "failed to delete handoff Secret");
    }
    match (response.get(REQUEST_URI), response.get(FAILURE)) {
        (Some(uri), _) => {
            let uri = uri.expose_secret();
            Ok(authorization::pushed_uri(&request.endpoint, &request.client_id, uri))
        }
        (None, Some(fault)) => Err(PageMessage::ParFailed.with_detail(format!(
            "{} Nothing was stored.",
            render::sentence(fault.expose_secret())
        ))),
        (None, None) if in_time => Err(PageMessage::ParFailed.into()),
        (None, None) => Err(PageMessage::ParTimedOut.into()),
    }
}
