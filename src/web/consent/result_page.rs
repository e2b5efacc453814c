//! The result of an authorization. The page waits for the operator; a reload is harmless.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;

use crate::web::consent::ConsentPageState;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookies;
use crate::web::consent::grant_record;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{PageError, PageMessage};
use crate::web::consent::render::{self, Success};
use crate::web::consent::session::ResultSession;
use connection_client::api::convert;
use connection_core::clock;
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::reason::Reason;

/// Timeout of one request's wait for the result.
const RESULT_TIMEOUT: Duration = Duration::from_secs(20);

/// Shows the result of the authorization of this browser.
pub(super) async fn show(
    consent: &ConsentPageState,
    place: &ConnectionKey,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, PageError> {
    let session = cookies::values(headers, cookies::DONE)
        .find_map(|sealed| ResultSession::unseal(&consent.sealer, sealed))
        // A client can send an expired cookie or that of another path, so check both here.
        .filter(|session| session.place == *place && now < session.expires_at)
        .ok_or(PageMessage::NoResult)?;
    let finished = consent.secrets.until(|secrets| {
        let record = grant_record::cached(secrets, place)?;
        let outcome = record.outcome.as_ref().filter(|outcome| outcome.ticket == session.ticket);
        let pending = record.pending_authorization.as_ref();
        let is_pending = pending.is_some_and(|pending| pending.ticket == session.ticket);
        // Without an outcome and not pending, a newer authorization has replaced this one. Read the
        // clock on each change, since the wait takes time.
        let is_finished = outcome.map_or(!is_pending, |outcome| outcome.is_final(clock::now()));
        is_finished.then_some(record)
    });
    let Ok(record) = tokio::time::timeout(RESULT_TIMEOUT, finished).await else {
        // A deleted Connection gets no outcome, so end the reloads.
        consent.connection(place).ok_or(PageMessage::ConnectionChanged)?;
        return Err(PageMessage::Processing.into());
    };
    match record.outcome.as_ref().filter(|outcome| outcome.ticket == session.ticket) {
        None => Err(PageMessage::Superseded.into()),
        Some(outcome) if outcome.reason == Reason::Authorized => {
            Ok(success(consent, place, &record))
        }
        Some(outcome) => {
            let alive = record.binding.is_some() && record.invalidated_at.is_none();
            Ok(render::failure(outcome, alive, place))
        }
    }
}

fn success(consent: &ConsentPageState, place: &ConnectionKey, record: &GrantRecord) -> Response {
    let recorded = record.consent.as_ref();
    let connection = consent.connection(place);
    let page = Success {
        style: STYLE,
        place,
        account: recorded.and_then(|consent| consent.account.as_deref()).map(render::sanitize),
        scopes: recorded.and_then(|consent| consent.scopes.as_deref()).unwrap_or_default(),
        secret: connection.map(|connection| convert::token_secret(&connection)),
        renewable: !record.no_refresh_token,
    };
    render::page(Reason::Authorized.as_str(), StatusCode::OK, &page)
}
