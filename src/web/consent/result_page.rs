//! What an authorization came to. It waits for the operator, for a while; a reload is harmless.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;

use crate::web::consent::Consent;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookies;
use crate::web::consent::grant_record;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{PageMessage, Refusal};
use crate::web::consent::render::{self, Success};
use crate::web::consent::session::ResultSession;
use connection_client::api::convert;
use connection_core::clock;
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::reason::Reason;

/// How long one look waits for the outcome.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells what the authorization of this browser came to.
pub(super) async fn tell(
    consent: &Consent,
    place: &ConnectionKey,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let done = cookies::values(headers, cookies::DONE)
        .find_map(|sealed| ResultSession::unseal(&consent.sealer, sealed))
        .filter(|done| done.place == *place && now < done.expires_at)
        .ok_or(PageMessage::NothingToTell)?;
    let ended = consent.secrets.until(|secrets| {
        let record = grant_record::known(secrets, place)?;
        let ours = record.outcome.as_ref().filter(|one| one.ticket == done.ticket);
        let waits =
            record.pending_authorization.as_ref().is_some_and(|one| one.ticket == done.ticket);
        let ended = ours.map_or(!waits, |outcome| outcome.is_final(clock::now()));
        ended.then_some(record)
    });
    let Ok(record) = tokio::time::timeout(PATIENCE, ended).await else {
        consent.connection(place).ok_or(PageMessage::Changed)?;
        return Err(PageMessage::Working.into());
    };
    match record.outcome.as_ref().filter(|one| one.ticket == done.ticket) {
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

fn success(consent: &Consent, place: &ConnectionKey, record: &GrantRecord) -> Response {
    let given = record.consent.as_ref();
    let connection = consent.connection(place);
    let page = Success {
        style: STYLE,
        place,
        account: given.and_then(|one| one.account.as_deref()).map(render::foreign),
        scopes: given.and_then(|one| one.scopes.as_deref()).unwrap_or_default(),
        secret: connection.map(|one| convert::token_secret(&one)),
        renewable: !record.no_refresh_token,
    };
    render::page(Reason::Authorized.as_str(), StatusCode::OK, &page)
}
